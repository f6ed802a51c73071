// Runs before the first paint, so that a page in the dark never flashes white.

try {
  const kept = localStorage.getItem("almanac.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset["theme"] = kept;
} catch {
  // a browser that keeps nothing follows the system
}
export {};
