// The entry of all scripts. Everything works without them; each module only makes something quicker, and looks after its own part.
import { keys } from "./keys.js";
import { files } from "./files.js";
import { forms } from "./forms.js";
import { lists } from "./lists.js";
import { masks } from "./masks.js";
import { passkeys } from "./passkey.js";
import { tools } from "./tools.js";

for (const begin of [keys, files, forms, lists, masks, passkeys, tools]) begin(document);

// What htmx puts into the page gets the same treatment; listeners on the document are set once.
document.addEventListener("htmx:load", (event) => {
  for (const begin of [files, forms, lists, masks, passkeys, tools]) begin(event.detail.elt);
});
