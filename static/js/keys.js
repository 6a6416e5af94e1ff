// Keyboard: "/" searches, Esc closes what floats (or leaves a form), j and k walk through a list.

const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;

export function keys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return escape(event);
    if (typing(event.target)) return;
    if (event.key === "/") {
      const field = page.querySelector("[data-find]") ?? page.querySelector("[data-filter] input[type=search]");
      if (field) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    }
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  });

  // A click beside a floating panel closes it.
  page.addEventListener("click", (event) => {
    for (const open of page.querySelectorAll("[data-floating][open], .facet[open], .why[open]")) {
      if (!open.contains(event.target) && floats(open)) open.open = false;
    }
  });

  function escape(event) {
    const open = event.target.closest("details[open]:is(.why, .facet, [data-floating])")
      ?? [...page.querySelectorAll("details[open]:is(.facet, [data-floating], .why)")].pop();
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
      return;
    }
    const form = event.target.closest("form[data-guard]");
    form?.querySelector("[data-cancel]")?.click();
  }

  function walk(step) {
    const stops = [...page.querySelectorAll(".main .tbl tbody th[scope=row] a, .todo .what a")];
    if (!stops.length) return;
    const at = stops.indexOf(page.activeElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
  }
}

// A why-panel that lies in the flow (narrow screens) stays open; only what covers other things closes by itself.
function floats(details) {
  const panel = details.querySelector(".why-panel");
  return !panel || ["absolute", "fixed"].includes(getComputedStyle(panel).position);
}
