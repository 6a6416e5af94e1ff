// A personal value that was just revealed is covered again after half a minute, and at once when the page is left in the background.

const SECONDS = 30;

export function masks(root) {
  for (const shown of root.querySelectorAll("[data-remask]")) {
    const cover = () => {
      shown.textContent = shown.dataset.remask;
      shown.nextElementSibling?.remove();
    };
    setTimeout(cover, SECONDS * 1000);
    window.addEventListener("pagehide", cover, { once: true });
  }
}
