// Drawing anew without replacing: what has the focus keeps it, and a key or a click that falls between two drawings meets
// the element that it was meant for.

import { setAttribute } from "../shared/dom";

// `old` takes on the attributes and the content of `wanted`, child by child; only a child of another kind is replaced.
// Listeners stay those of `old`.
export function become(old: Element, wanted: Element): void {
  for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes]) if (old.getAttribute(name) !== value) setAttribute(old, name, value);
  [...wanted.childNodes].forEach((child, i) => becomeChild(old, old.childNodes[i], child));
  while (old.childNodes.length > wanted.childNodes.length) old.lastChild?.remove();
}

function becomeChild(parent: Element, old: ChildNode | undefined, wanted: ChildNode): void {
  if (old === undefined) parent.append(wanted.cloneNode(true));
  else if (old instanceof Element && wanted instanceof Element && old.nodeName === wanted.nodeName) become(old, wanted);
  else if (old instanceof Text && wanted instanceof Text) {
    if (old.data !== wanted.data) old.data = wanted.data;
  } else old.replaceWith(wanted.cloneNode(true));
}

// The children of `parent` become `wanted`, in that order. The one with the focus is never taken out, the others move
// around it: an element that is moved loses the focus.
export function arrange(parent: Element, wanted: Element[]): void {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  const still = Math.max(
    0,
    wanted.findIndex((each) => each.parentNode === parent && each.contains(document.activeElement)),
  );
  const [first, ...after] = wanted.slice(still);
  if (first === undefined) return;
  if (first.parentNode !== parent) parent.prepend(first);
  let next = first;
  for (const each of wanted.slice(0, still).reverse()) {
    if (each.nextElementSibling !== next) next.before(each);
    next = each;
  }
  let last = first;
  for (const each of after) {
    if (last.nextElementSibling !== each) last.after(each);
    last = each;
  }
}

// Draws what is in `root` anew; what had the focus there has it afterwards: the same element where it is still shown, else
// the one that came with its id.
export function keepingFocus(root: Element, draw: () => void): void {
  const focused = document.activeElement;
  draw();
  if (!(focused instanceof HTMLElement) || focused === document.activeElement || root.contains(document.activeElement)) return;
  const again = focused.isConnected ? focused : focused.id === "" ? null : document.getElementById(focused.id);
  if (again && root.contains(again)) again.focus({ preventScroll: true });
}
