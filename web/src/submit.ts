// Sending a form once, and not by accident.
// - Enter that only chooses a word of an input method never sends the form.
// - A form that posts is sent once: its buttons are disabled until an answer comes (or 15 s pass, e.g. for a download;
//   the server's own retry key is what really guards).
// - Leaving a page asks first when a form marked data-draft or data-confirm-leave holds something not sent.

const RELEASE_AFTER = 15_000;

let composing = false;
const busy = new WeakSet<HTMLFormElement>();
const dirty = new Set<HTMLFormElement>();

function buttonsOf(form: HTMLFormElement): HTMLButtonElement[] {
  return [...form.elements].filter(
    (element): element is HTMLButtonElement =>
      (element instanceof HTMLButtonElement || element instanceof HTMLInputElement) &&
      (element.type === "submit" || element.type === "image"),
  );
}

function release(form: HTMLFormElement): void {
  if (!busy.delete(form)) return;
  form.removeAttribute("aria-busy");
  for (const button of buttonsOf(form)) {
    if (button.dataset["held"] === undefined) continue;
    delete button.dataset["held"];
    button.disabled = false;
  }
}

function hold(form: HTMLFormElement): void {
  busy.add(form);
  form.setAttribute("aria-busy", "true");
  // After this turn: a button disabled now would be missing from what is sent.
  window.setTimeout(() => {
    if (!busy.has(form)) return;
    for (const button of buttonsOf(form)) {
      if (button.disabled) continue;
      button.dataset["held"] = "";
      button.disabled = true;
    }
  }, 0);
  window.setTimeout(() => release(form), RELEASE_AFTER);
}

function posts(form: HTMLFormElement): boolean {
  return form.method === "post" || ["hx-post", "hx-put", "hx-patch", "hx-delete"].some((name) => form.hasAttribute(name));
}

export function markClean(form: HTMLFormElement): void {
  dirty.delete(form);
}

export function startSubmit(): void {
  document.addEventListener("compositionstart", () => (composing = true), true);
  document.addEventListener("compositionend", () => (composing = false), true);
  // An element removed while composing never tells its end.
  document.addEventListener("focusout", () => (composing = false), true);

  document.addEventListener(
    "keydown",
    (event) => {
      // 229: Safari ends the composition before it tells of the Enter that ended it.
      if (event.key !== "Enter" || !(event.isComposing || event.keyCode === 229)) return;
      if (event.target instanceof HTMLInputElement) event.preventDefault();
    },
    true,
  );

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement)) return;
      if (composing || busy.has(form)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );
  // Bubbling, so that a handler which refuses the submission is seen first.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !posts(form)) return;
    const byHtmx = form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-boost=true] *");
    if (event.defaultPrevented && !byHtmx) return;
    hold(form);
    if (!byHtmx) dirty.delete(form);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const detail = (event as CustomEvent<{ successful?: boolean }>).detail;
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (!form) return;
    release(form);
    if (detail.successful) dirty.delete(form);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) release(form);
  });

  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form?.matches("[data-draft], [data-confirm-leave]")) dirty.add(form);
  });
  window.addEventListener("beforeunload", (event) => {
    for (const form of dirty) if (!form.isConnected) dirty.delete(form);
    if (dirty.size === 0) return;
    event.preventDefault();
    event.returnValue = ""; // older browsers ask only then
  });
}
