// What scripts add to pages that work without them. Each part says in its first lines which marks it looks for.

import { attachDrafts } from "./drafts";
import { startDrop } from "./drop";
import { startKeys } from "./keys";
import { startSession } from "./session";
import { startSubmit } from "./submit";
import { refreshTimes, startTimes } from "./times";

function start(): void {
  startTimes();
  startKeys();
  startSubmit();
  startSession();
  startDrop();
  attachDrafts(document);
  // Parts of a page that htmx brings later.
  document.addEventListener("htmx:load", (event) => {
    if (!(event.target instanceof Element)) return;
    const root = event.target.parentElement ?? event.target;
    refreshTimes(root);
    attachDrafts(root);
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
