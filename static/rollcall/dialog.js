// A dialog takes the keyboard when it opens, and gives it back to what opened it.
(() => {
  let opener = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content") opener = event.detail.elt;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "modal-content") return;
    setTimeout(() => event.target.querySelector("textarea, input:not([type=hidden]), button")?.focus(), 50);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener?.isConnected) opener.focus();
  });
})();
