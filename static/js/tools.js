// Buttons that only a script can offer: print, copy, back; they are hidden until this runs. Also turns a why-panel that would leave the window.

export function tools(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const button of root.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    });
  }
  for (const link of root.querySelectorAll("[data-back]")) {
    link.addEventListener("click", (event) => {
      if (history.length < 2) return;
      event.preventDefault();
      history.back();
    });
  }
  for (const why of root.querySelectorAll(".why")) {
    why.addEventListener("toggle", () => {
      const panel = why.querySelector(".why-panel");
      if (why.open && panel.getBoundingClientRect().right > document.documentElement.clientWidth) why.classList.add("why-end");
    });
  }
}
