// Runs inside the sample page: uses it as a reader does, with mouse and keys, and writes what it saw to the document.

const lines: string[] = [];
const find = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
};
const check = (what: string, holds: boolean, saw: unknown = ""): void => {
  lines.push(holds ? `ok: ${what}` : `FAILED: ${what}; saw ${JSON.stringify(saw)}`);
};
const range = (): string => find(".range").textContent ?? "";
const click = (label: string): void => find<HTMLElement>(`[aria-label="${label}"]`).click();
const choose = (label: string, value: string): void => {
  const select = find<HTMLSelectElement>(`[aria-label="${label}"]`);
  select.value = value;
  select.dispatchEvent(new Event("change"));
};
const key = (name: string, more: KeyboardEventInit = {}): void => {
  find(".plot").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
};
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function mouse(target: Element, from: number, to: number, more: MouseEventInit = {}): void {
  const box = target.getBoundingClientRect();
  const at = (share: number): MouseEventInit => ({ clientX: box.left + box.width * share, clientY: box.top + box.height / 2, bubbles: true, cancelable: true, button: 0, movementX: 5, ...more });
  target.dispatchEvent(new MouseEvent("mouseenter", at(from)));
  target.dispatchEvent(new MouseEvent("mousemove", at(from)));
  target.dispatchEvent(new MouseEvent("mousedown", at(from)));
  target.dispatchEvent(new MouseEvent("mousemove", { ...at((from + to) / 2) }));
  target.dispatchEvent(new MouseEvent("mousemove", { ...at(to) }));
  target.dispatchEvent(new MouseEvent("mouseup", at(to)));
}

function pointer(target: HTMLElement, from: number, to: number): void {
  target.setPointerCapture = () => undefined; // a made-up pointer cannot be captured
  const box = target.getBoundingClientRect();
  const at = (share: number): PointerEventInit => ({ clientX: box.left + box.width * share, clientY: box.top + 10, bubbles: true, cancelable: true, pointerId: 1 });
  target.dispatchEvent(new PointerEvent("pointerdown", at(from)));
  target.dispatchEvent(new PointerEvent("pointermove", at(to)));
  target.dispatchEvent(new PointerEvent("pointerup", at(to)));
}

async function timeline(): Promise<void> {
  check("the chart opens on four days", /^\w+ \d+ Jun – \w+ \d+ Jun$/.test(range()), range());
  click("Show the whole window");
  const whole = range();
  await pause(50); // the chart draws when the script has come to rest
  check("All shows the whole window", whole === "Thu 18 Jun – Mon 13 Jul", whole);
  mouse(find(".u-over"), 0.25, 0.5);
  await pause(50);
  const dragged = range();
  check("dragging over the chart zooms", /^Wed 24 Jun – Tue 30 Jun$/.test(dragged), dragged);
  mouse(find(".u-over"), 0.5, 0.25, { shiftKey: true });
  await pause(50);
  check("dragging with Shift moves", range() === "Fri 26 Jun – Thu 2 Jul", range()); // a quarter of 6.5 days later
  key("Escape");
  check("Escape shows everything", range() === whole, range());
  pointer(find<HTMLElement>(".overview"), 0, 0.5);
  await pause(50);
  check("a frame drawn in the overview zooms", range() === "Thu 18 Jun – Tue 30 Jun", range());
  const before = range();
  key("ArrowRight", { shiftKey: true });
  check("Shift and an arrow key move", range() !== before, range());
  choose("Go to an event", "2");
  check("an event can be gone to", range() === "Fri 19 Jun 12:30 – 18:20", range());
  await pause(50);
  key("ArrowLeft", { ctrlKey: true }); // by the hour to the left end, 12:30, then three to the right
  for (let i = 0; i < 6; ++i) key("ArrowLeft", { ctrlKey: true });
  for (let i = 0; i < 3; ++i) key("ArrowRight", { ctrlKey: true });
  key("ArrowRight");
  await pause(50);
  const readout = find("dl.readout").textContent ?? "";
  check("arrow keys read values", /^Fri 19 Jun 15:35Nigeria – Brazil/.test(readout), readout);
  choose("Policy to compare with", "static");
  check("another policy can be compared", (find("dl.readout").textContent ?? "").includes("Static"));
  choose("Policy to compare with", "");
  check("or nobody", !(find("dl.readout").textContent ?? "").includes("Static"));
  const started = performance.now();
  for (let i = 0; i < 20; ++i) {
    click("Show the whole window");
    click("Zoom in");
    await Promise.resolve();
  }
  check("redrawing a month is quick", (performance.now() - started) / 40 < 60, (performance.now() - started) / 40);
}

async function rest(): Promise<void> {
  const head = Array.from(document.querySelectorAll<HTMLButtonElement>(".policies thead button")).find((b) => b.textContent?.startsWith("Instance-hours"));
  head?.click();
  const first = (): string => find(".policies tbody tr th").textContent ?? "";
  check("a click on a column sorts by it", head?.parentElement?.getAttribute("aria-sort") === "ascending" && first() === "Almanac", first());
  head?.click();
  check("another turns the order", head?.parentElement?.getAttribute("aria-sort") === "descending" && first().startsWith("Static"), first());
  check("references stay last", document.querySelector(".policies tbody tr:last-child")?.className === "reference");

  const drawn = (): number => document.querySelectorAll(".front").length;
  const all = drawn();
  find<HTMLElement>(".legend button").click();
  check("the legend hides a front", drawn() === all - 1 && find(".legend button").getAttribute("aria-pressed") === "false", drawn());
  find<HTMLElement>(".legend button").click();
  check("and shows it again", drawn() === all, drawn());
  find<SVGElement>(".front.almanac circle").dispatchEvent(new FocusEvent("focus"));
  check("a mark of a front can be read", /^Almanac, knob \d+: cost/.test(find("p.readout").textContent ?? ""), find("p.readout").textContent);

  const time = (): string => find(".decision time").textContent ?? "";
  const utc = time();
  choose("Time zone of this page", "Europe/Paris");
  await pause(50);
  check("times change with the zone", utc === "Fri 19 Jun 14:15 UTC" && time() === "Fri 19 Jun 16:15", [utc, time()]);
  const paper = getComputedStyle(document.body).backgroundColor;
  click("Use dark colours");
  check("the colours change", getComputedStyle(document.body).backgroundColor !== paper, paper);
  find<HTMLElement>(".decision button.link").click();
  check("a decision is shown in the chart", range() === "Fri 19 Jun 12:15 – Sat 20 Jun 00:15", range());
  check("no element reaches past the page", document.documentElement.scrollWidth <= innerWidth, [document.documentElement.scrollWidth, innerWidth]);
}

async function run(): Promise<void> {
  for (let i = 0; i < 100 && !document.querySelector(".u-over"); ++i) await pause(50);
  await timeline();
  await rest();
  lines.push("ok: all checks ran");
}

run().catch((error: unknown) => lines.push(`FAILED: ${String(error)}`)).finally(() => {
  const result = document.createElement("pre");
  result.textContent = `\n${lines.join("\n")}\n`;
  document.body.prepend(result);
});
export {};
