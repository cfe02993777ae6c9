// The keyboard: "/" goes to the search box; on a list marked data-worklist, j and k move, x ticks, Enter opens.
// Rows are the elements marked data-row, else the rows of the table body or the items of the list.

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
}

function rowsOf(list: HTMLElement): HTMLElement[] {
  const marked = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  return marked.length > 0 ? marked : [...list.querySelectorAll<HTMLElement>("tbody tr, :scope > li")];
}

function currentRow(rows: HTMLElement[]): number {
  return rows.findIndex((row) => row.contains(document.activeElement) || row.getAttribute("aria-current") === "true");
}

function moveTo(rows: HTMLElement[], index: number): void {
  const row = rows[index];
  if (!row) return;
  for (const other of rows) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function focusSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>("[data-search], input[type=search]");
  if (!box) return false;
  box.focus();
  box.select();
  return true;
}

function onWorklistKey(event: KeyboardEvent, list: HTMLElement): boolean {
  const rows = rowsOf(list);
  const at = currentRow(rows);
  const row = rows[at];
  switch (event.key) {
    case "j":
      moveTo(rows, Math.min(at + 1, rows.length - 1));
      return rows.length > 0;
    case "k":
      moveTo(rows, Math.max(at - 1, 0));
      return rows.length > 0;
    case "x": {
      const box = row?.querySelector<HTMLInputElement>("input[type=checkbox]");
      if (!box) return false;
      box.click();
      return true;
    }
    case "Enter": {
      // A focused link, button or tick keeps its own meaning of Enter.
      if (!row || document.activeElement !== row) return false;
      const link = row.querySelector<HTMLAnchorElement>("a[href]");
      if (!link) return false;
      link.click();
      return true;
    }
    default:
      return false;
  }
}

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) return;
    if (event.key === "/") {
      if (focusSearch()) event.preventDefault();
      return;
    }
    const here = document.activeElement?.closest<HTMLElement>("[data-worklist]");
    const list = here ?? document.querySelector<HTMLElement>("[data-worklist]");
    if (list && onWorklistKey(event, list)) event.preventDefault();
  });
}
