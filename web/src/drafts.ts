// Drafts: what was typed survives a lost connection, a closed tab and an expired session.
//   <form data-draft="KEY" data-draft-url="/…">   KEY names the person and the form; the address takes the same fields
//   <… data-draft-state>    inside the form: where "saved 14:20" is shown (made when missing)
//   <… data-draft-done="KEY">   on the page that confirms the submission: the draft is removed
//   <… data-signed-out>     on the page after log-out: all drafts are removed from this device
// Never kept on the device: files, passwords, hidden fields and fields marked data-private (personal data).

import { sessionOver } from "./session";
import { markClean } from "./submit";
import { clockTime, now } from "./times";
import { words } from "./words";

const PREFIX = "bihuan.draft.";
const DELAY = 1200;

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Draft = { at: number; fields: [string, string][] };

function isKept(element: Element): element is Field {
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement))
    return false;
  if (!element.name || element.disabled || element.dataset["private"] !== undefined) return false;
  return !["file", "password", "hidden", "submit", "button", "image", "reset"].includes(element.type);
}

function read(form: HTMLFormElement): [string, string][] {
  const fields: [string, string][] = [];
  for (const element of form.elements) {
    if (!isKept(element)) continue;
    if (element instanceof HTMLSelectElement && element.multiple) {
      for (const option of element.selectedOptions) fields.push([element.name, option.value]);
    } else if (element instanceof HTMLInputElement && ["checkbox", "radio"].includes(element.type)) {
      if (element.checked) fields.push([element.name, element.value]);
    } else {
      fields.push([element.name, element.value]);
    }
  }
  return fields;
}

function write(form: HTMLFormElement, fields: [string, string][]): void {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const element of form.elements) {
    if (!isKept(element)) continue;
    const stored = values.get(element.name);
    if (element instanceof HTMLSelectElement && element.multiple) {
      for (const option of element.options) option.selected = stored?.includes(option.value) ?? false;
    } else if (element instanceof HTMLInputElement && ["checkbox", "radio"].includes(element.type)) {
      element.checked = stored?.includes(element.value) ?? false;
    } else {
      // Fields of the same name take their values in order.
      const value = stored?.shift();
      if (value !== undefined) element.value = value;
    }
  }
}

function load(key: string): Draft | null {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text ? (JSON.parse(text) as Draft) : null;
  } catch {
    return null; // storage switched off, or an entry of another version
  }
}

function store(key: string, draft: Draft): boolean {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
    return true;
  } catch {
    return false; // storage full or switched off: the server's copy remains
  }
}

function stateOf(form: HTMLFormElement): HTMLElement {
  const found = form.querySelector<HTMLElement>("[data-draft-state]");
  if (found) return found;
  const made = document.createElement("p");
  made.dataset["draftState"] = "";
  made.setAttribute("role", "status");
  form.append(made);
  return made;
}

async function upload(form: HTMLFormElement, url: string): Promise<"saved" | "not" | "over"> {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  try {
    const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
    if (answer.status === 401) return "over";
    return answer.ok ? "saved" : "not";
  } catch {
    return "not"; // no network: the copy on the device remains
  }
}

function offerDiscard(form: HTMLFormElement, key: string, before: [string, string][]): void {
  const note = document.createElement("p");
  note.className = "draft-note";
  note.setAttribute("role", "status");
  note.append(words().draftRestored, " ");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = words().draftDiscard;
  button.addEventListener("click", () => {
    localStorage.removeItem(PREFIX + key);
    write(form, before);
    markClean(form);
    note.remove();
  });
  note.append(button);
  form.prepend(note);
}

function attach(form: HTMLFormElement): void {
  const key = form.dataset["draft"];
  if (!key || form.dataset["draftReady"] !== undefined) return;
  form.dataset["draftReady"] = "";

  const kept = load(key);
  const before = read(form);
  // After a refused submission the server shows what was typed last: its fields win.
  if (kept && form.dataset["draftKeep"] === undefined && JSON.stringify(kept.fields) !== JSON.stringify(before)) {
    write(form, kept.fields);
    offerDiscard(form, key, before);
  }

  let timer = 0;
  const save = async () => {
    if (!form.isConnected) return;
    const local = store(key, { at: now(), fields: read(form) });
    const url = form.dataset["draftUrl"];
    const uploaded = url ? await upload(form, url) : "not";
    if (uploaded === "over") sessionOver();
    const saved = uploaded === "saved" || (local && !url);
    stateOf(form).textContent = saved ? words().draftSaved(clockTime(now())) : local ? words().draftLocal : "";
  };
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void save(), DELAY);
  });
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    store(key, { at: now(), fields: read(form) });
  });
}

export function attachDrafts(root: ParentNode): void {
  for (const done of root.querySelectorAll<HTMLElement>("[data-draft-done]"))
    if (done.dataset["draftDone"]) localStorage.removeItem(PREFIX + done.dataset["draftDone"]);
  if (root.querySelector("[data-signed-out]"))
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-draft]")) attach(form);
}
