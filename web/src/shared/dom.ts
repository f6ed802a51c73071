// Elements without a framework: h("p", { class: "lead" }, "text", child).

type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Node | string | null | undefined;

// A number and its unit stay on one line.
function bind(text: string): string {
  return text.replace(/(\d) (%|×|min\b|h\b)/g, "$1\u00a0$2");
}

// A style attribute is refused by a strict Content-Security-Policy; the same text through the DOM is not.
export function setAttribute(element: Element, name: string, value: string): void {
  if (name === "style") (element as HTMLElement | SVGElement).style.cssText = value;
  else element.setAttribute(name, value);
}

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) setAttribute(element, name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(typeof child === "string" ? bind(child) : child);
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

// The page's colours live in style.css only; canvas code asks for them by name, so that both themes stay in one place.
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
