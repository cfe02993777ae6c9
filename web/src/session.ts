// An expired session: the page stays as it is, with everything typed, and a link to log in appears.
// <html data-login="/…"> names the log-in page (default /login).

import { words } from "./words";

export function sessionOver(): void {
  if (document.querySelector("[data-session-over]")) return;
  const bar = document.createElement("p");
  bar.dataset["sessionOver"] = "";
  bar.className = "session-over";
  bar.setAttribute("role", "alert");
  const link = document.createElement("a");
  link.href = document.documentElement.dataset["login"] ?? "/login";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = words().logIn;
  link.addEventListener("click", () => bar.remove());
  bar.append(words().sessionOver, " ", link);
  // After the link that skips to the content: that one stays the first stop of the Tab key.
  const skip = document.querySelector("a.skip");
  if (skip) skip.after(bar);
  else document.body.prepend(bar);
}

export function startSession(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = (event as CustomEvent<{ xhr?: XMLHttpRequest; shouldSwap?: boolean }>).detail;
    if (detail.xhr?.status !== 401) return;
    detail.shouldSwap = false;
    sessionOver();
  });
}
