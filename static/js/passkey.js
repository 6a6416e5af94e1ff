// Passkeys: fetches the question when the button is pressed, lets the device answer it, and sends the answer as an ordinary form.
// Where the browser knows no passkeys the sentence of the page stays, and no button is shown.

const begun = new WeakSet();

export function passkeys(root) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
  for (const form of root.querySelectorAll("form[data-passkey]")) {
    if (begun.has(form)) continue;
    begun.add(form);
    form.querySelector("[data-without]").hidden = true;
    form.querySelector("[data-with]").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
  }
}

async function answer(form) {
  const button = form.querySelector("[data-with]");
  const told = form.querySelector("[data-told]");
  told.hidden = button.disabled = true;
  try {
    const question = await ask(form);
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question) });
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch (error) {
    told.textContent = told.dataset[{ NotAllowedError: "cancelled", InvalidStateError: "known" }[error.name]] ?? error.told ?? told.dataset.failed;
    told.hidden = button.disabled = false;
  }
}

async function ask(form) {
  const response = await fetch(form.dataset.question, { method: "POST", body: new FormData(form) });
  const said = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  if (!response.ok || said.problem) throw Object.assign(new Error("refused"), { told: said.problem });
  return said;
}
