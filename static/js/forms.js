// Forms: the error summary takes the focus, links in it reach their field, dates are said in words while they are typed, money gets its
// commas, and leaving with unsaved changes asks first. Nothing typed is kept on this computer: drafts are the server's.

const english = document.documentElement.lang === "en";
const sent = new WeakSet();

export function forms(root) {
  root.querySelector("[data-errors]")?.focus();
  for (const input of root.querySelectorAll("[data-date]")) echo(input);
  for (const input of root.querySelectorAll("[data-money]")) input.addEventListener("change", () => (input.value = grouped(input.value)));
  for (const form of root.querySelectorAll("form[data-guard]")) guard(form);
  const proposed = root.querySelector("[data-money][autofocus]");
  if (proposed) replaced(proposed);
}

// An amount that stands there is a proposal: what is typed replaces it, or 500 in front of 1,180 would be five million.
function replaced(input) {
  input.addEventListener("focus", () => input.select());
  if (document.activeElement === input) input.select();
}

function echo(input) {
  const words = document.getElementById(`${input.id}-echo`);
  if (!words) return;
  input.addEventListener("input", () => {
    const day = parsed(input.value.trim());
    words.textContent = day ? said(day) : input.value.trim() ? "" : words.dataset.example;
  });
}

// The same three ways of writing that the server takes: 115/9/1 (also . and -), 1150901, 2026-09-01.
export function parsed(text) {
  const digits = text.replace(/[０-９]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0)).replace(/／/g, "/");
  const match = /^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,2})$/.exec(digits) ?? /^(\d{2,3})(\d{2})(\d{2})$/.exec(digits);
  if (!match) return null;
  const [year, month, date] = match.slice(1).map(Number);
  const full = match[1].length === 4 ? year : year + 1911;
  const day = new Date(full, month - 1, date);
  return day.getFullYear() === full && day.getMonth() === month - 1 && day.getDate() === date ? day : null;
}

export function said(day) {
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  if (english) {
    const weekday = day.toLocaleDateString("en", { weekday: "short" });
    return `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")} (${weekday})`;
  }
  return `${year - 1911} 年 ${month} 月 ${date} 日（星期${"日一二三四五六"[day.getDay()]}）`;
}

export function grouped(text) {
  const plain = text.replace(/[,，\s]/g, "");
  return /^-?\d+$/.test(plain) ? plain.replace(/\B(?=(\d{3})+$)/g, ",") : text;
}

function guard(form) {
  const before = typed(form);
  form.addEventListener("submit", () => sent.add(form));
  window.addEventListener("beforeunload", (event) => {
    if (!sent.has(form) && form.isConnected && typed(form) !== before) event.preventDefault();
  });
  form.querySelector("[data-cancel]")?.addEventListener("click", () => sent.add(form));
}

function typed(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value instanceof File ? value.name : value]));
}
