// The few words that scripts put on a page; everything else is rendered by the server.

type Words = {
  today: string;
  yesterday: string;
  tomorrow: string;
  left: (span: string) => string;
  overdue: (span: string) => string;
  days: (n: number) => string;
  hours: (n: number) => string;
  minutes: (n: number) => string;
  draftSaved: (time: string) => string;
  draftLocal: string;
  draftRestored: string;
  draftDiscard: string;
  sessionOver: string;
  logIn: string;
  filesRefused: (names: string) => string;
};

const zh: Words = {
  today: "今天",
  yesterday: "昨天",
  tomorrow: "明天",
  left: (span) => `还剩 ${span}`,
  overdue: (span) => `超时 ${span}`,
  days: (n) => `${n} 天`,
  hours: (n) => `${n} 小时`,
  minutes: (n) => `${n} 分`,
  draftSaved: (time) => `草稿已保存 ${time}`,
  draftLocal: "草稿已存在本机，尚未上传",
  draftRestored: "已恢复上次未提交的内容。",
  draftDiscard: "放弃草稿",
  sessionOver: "登录已过期，填写的内容还在。请在新窗口登录后回来继续。",
  logIn: "去登录",
  filesRefused: (names) => `不接受的文件类型：${names}`,
};

const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;

const en: Words = {
  today: "today",
  yesterday: "yesterday",
  tomorrow: "tomorrow",
  left: (span) => `${span} left`,
  overdue: (span) => `${span} overdue`,
  days: (n) => plural(n, "day"),
  hours: (n) => `${n} h`,
  minutes: (n) => `${n} min`,
  draftSaved: (time) => `Draft saved ${time}`,
  draftLocal: "Draft kept on this device, not uploaded yet",
  draftRestored: "What you had typed before was put back.",
  draftDiscard: "Discard draft",
  sessionOver: "Your session has expired; what you typed is still here. Log in in a new window, then come back.",
  logIn: "Log in",
  filesRefused: (names) => `File type not accepted: ${names}`,
};

export function isEnglish(): boolean {
  return document.documentElement.lang.toLowerCase().startsWith("en");
}

export function words(): Words {
  return isEnglish() ? en : zh;
}
