// File fields: what was chosen is listed under the field, and what is too large is said before anything is sent. The limits and the
// words come from the server, which checks again.

const watched = new WeakSet();

export function files(root) {
  for (const input of root.querySelectorAll("input[type=file][data-most]")) if (!watched.has(input)) watch(input);
}

function watch(input) {
  watched.add(input);
  const told = document.createElement("output");
  told.htmlFor = input.id;
  input.after(told);
  input.addEventListener("change", () => tell(input, told));
  input.form?.addEventListener("submit", (event) => {
    if (!tell(input, told)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  }, { capture: true });
}

// Whether anything is too large.
function tell(input, told) {
  const chosen = [...input.files];
  const wrong = chosen.filter((file) => file.size > Number(input.dataset.most)).map((file) => input.dataset.tooBig.replace("{name}", file.name));
  if (!wrong.length && chosen.reduce((sum, file) => sum + file.size, 0) > Number(input.dataset.mostTogether)) wrong.push(input.dataset.tooMany);
  told.className = wrong.length ? "err" : "read";
  told.textContent = (wrong.length ? wrong : chosen.length > 1 ? chosen.map((file) => file.name) : []).join(" · ");
  input.removeAttribute("aria-invalid");
  if (wrong.length) input.setAttribute("aria-invalid", "true");
  return wrong.length > 0;
}
