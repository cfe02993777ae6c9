// Dropping files: an element marked data-drop that holds a file input takes files dragged onto it.
// Names of the chosen files are listed in the element marked data-drop-list inside it.

import { words } from "./words";

function accepts(input: HTMLInputElement, file: File): boolean {
  const rules = input.accept.split(",").map((rule) => rule.trim().toLowerCase()).filter(Boolean);
  if (rules.length === 0) return true;
  const name = file.name.toLowerCase();
  const type = file.type.toLowerCase();
  return rules.some((rule) => {
    if (rule.startsWith(".")) return name.endsWith(rule);
    return rule.endsWith("/*") ? type.startsWith(rule.slice(0, -1)) : type === rule;
  });
}

function zoneOf(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>("[data-drop]") : null;
}

function say(zone: HTMLElement, text: string): void {
  const list = zone.querySelector<HTMLElement>("[data-drop-list]");
  if (list) list.textContent = text;
}

export function startDrop(): void {
  document.addEventListener("dragover", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    const zone = zoneOf(event);
    if (zone && !(event.relatedTarget instanceof Node && zone.contains(event.relatedTarget))) zone.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    const zone = zoneOf(event);
    const input = zone?.querySelector<HTMLInputElement>("input[type=file]");
    if (!zone || !input || !event.dataTransfer) return;
    event.preventDefault();
    zone.classList.remove("dragging");
    const files = [...event.dataTransfer.files];
    const refused = files.filter((file) => !accepts(input, file));
    const chosen = new DataTransfer();
    for (const file of files.filter((file) => accepts(input, file)).slice(0, input.multiple ? undefined : 1))
      chosen.items.add(file);
    if (chosen.files.length > 0) {
      input.files = chosen.files;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (refused.length > 0) say(zone, words().filesRefused(refused.map((file) => file.name).join("、")));
  });
  document.addEventListener("change", (event) => {
    const zone = zoneOf(event);
    if (!zone || !(event.target instanceof HTMLInputElement) || event.target.type !== "file") return;
    say(zone, [...(event.target.files ?? [])].map((file) => file.name).join("、"));
  });
}
