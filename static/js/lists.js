// Lists: choosing rows and the bar under them; filters that apply when they are set.

export function lists(root) {
  for (const form of root.querySelectorAll("form[data-bulk]")) choose(form);
  for (const form of root.querySelectorAll("form[data-filter]")) apply(form);
}

function choose(form) {
  const boxes = [...form.querySelectorAll("input[name=ids]")];
  const all = form.querySelector("[data-all]");
  const bar = form.querySelector("[data-bar]");
  const count = form.querySelector("[data-count]");
  const none = form.querySelector("[data-none]");
  all.hidden = none.hidden = false;
  let last = null;

  function show() {
    const chosen = boxes.filter((box) => box.checked).length;
    bar.hidden = chosen === 0;
    count.textContent = count.dataset.words.replace("#", chosen);
    all.checked = chosen === boxes.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    for (const box of boxes) box.closest("tr").classList.toggle("on", box.checked);
  }

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) {
      for (const box of boxes.slice(Math.min(at, last), Math.max(at, last) + 1)) box.checked = event.target.checked;
    }
    last = at;
    show();
  });
  none.addEventListener("click", (event) => {
    event.preventDefault();
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    show();
    boxes[0]?.focus();
  });
  show();
}

// A facet applies when its panel is closed after a change, so that several boxes can be set in one go.
function apply(form) {
  for (const facet of form.querySelectorAll(".facet")) {
    let changed = false;
    facet.addEventListener("change", () => (changed = true));
    facet.addEventListener("toggle", () => {
      if (!facet.open && changed) form.requestSubmit();
      if (facet.open) {
        for (const other of form.querySelectorAll(".facet[open]")) if (other !== facet) other.open = false;
      }
    });
  }
  if (form.dataset.plain) discreet(form);
  // Empty fields stay out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    if (form.method === "get") formData.delete("csrf_token");
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

// Where an identity number may be typed the form posts, for no address may hold one: browsers and servers keep addresses. What does not
// look like one goes by the shorter way, and is looked for while it is typed.
function discreet(form) {
  const text = form.querySelector("input[type=search]");
  const find = form.action;
  const secret = () => /[a-z][1289a-d]\d{2}/i.test(text.value.normalize("NFKC").replace(/\s/g, ""));
  form.addEventListener("submit", () => {
    form.method = secret() ? "post" : "get";
    form.action = secret() ? find : form.dataset.plain;
  });
  text.addEventListener("htmx:configRequest", (event) => {
    if (secret()) event.preventDefault();
  });
}
