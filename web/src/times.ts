// Times that stay true while a page is open.
//   <time datetime="2026-11-24T14:20:00+08:00" data-at>…</time>        今天 14:20
//   <time datetime="…" data-at data-due>…</time>                       还剩 3 小时 10 分 / 超时 2 天
// Due times counted in working time carry no data-due: only the server knows the calendar.
// <html data-now="…"> is the server's clock when it rendered the page; the difference to the device's is kept.

import { isEnglish, words } from "./words";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
// Civil time is Shanghai's everywhere, whatever zone the device is set to.
const SHANGHAI = 8 * HOUR;

let skew = 0;

export function now(): number {
  return Date.now() + skew;
}

export function clockTime(at: number): string {
  return new Date(at + SHANGHAI).toISOString().slice(11, 16);
}

export function momentText(at: number, present: number): string {
  const civil = new Date(at + SHANGHAI);
  const days = Math.floor((at + SHANGHAI) / DAY) - Math.floor((present + SHANGHAI) / DAY);
  const time = clockTime(at);
  const w = words();
  if (days === 0) return `${w.today} ${time}`;
  if (days === -1) return `${w.yesterday} ${time}`;
  if (days === 1) return `${w.tomorrow} ${time}`;
  const sameYear = civil.getUTCFullYear() === new Date(present + SHANGHAI).getUTCFullYear();
  if (isEnglish()) return `${civil.toISOString().slice(sameYear ? 5 : 0, 10)} ${time}`;
  const date = `${civil.getUTCMonth() + 1}月${civil.getUTCDate()}日`;
  return sameYear ? `${date} ${time}` : `${civil.getUTCFullYear()}年${date} ${time}`;
}

export function spanText(span: number): string {
  const w = words();
  if (span >= 2 * DAY) return w.days(Math.floor(span / DAY));
  const hours = Math.floor(span / HOUR);
  const minutes = Math.floor((span % HOUR) / MINUTE);
  if (hours === 0) return w.minutes(minutes);
  return minutes === 0 ? w.hours(hours) : `${w.hours(hours)} ${w.minutes(minutes)}`;
}

export function dueText(at: number, present: number): string {
  return at >= present ? words().left(spanText(at - present)) : words().overdue(spanText(present - at));
}

export function refreshTimes(root: ParentNode = document): void {
  const present = now();
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-at]")) {
    const at = Date.parse(element.dataset["at"] || element.dateTime);
    if (Number.isNaN(at)) continue;
    const due = element.dataset["due"] !== undefined;
    const text = due ? dueText(at, present) : momentText(at, present);
    if (element.textContent !== text) element.textContent = text;
    if (due) element.classList.toggle("overdue", at < present);
    if (!element.title) element.title = `${new Date(at + SHANGHAI).toISOString().slice(0, 19).replace("T", " ")} +08:00`;
  }
}

export function startTimes(): void {
  const stated = Date.parse(document.documentElement.dataset["now"] ?? "");
  if (!Number.isNaN(stated)) skew = stated - Date.now();
  refreshTimes();
  window.setInterval(() => refreshTimes(), MINUTE / 2);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refreshTimes();
  });
}
