// The theme that was chosen, before anything is drawn.
try {
  document.documentElement.dataset.theme = localStorage.getItem("dreambot.theme") ?? "";
} catch {
  // Then it is the system's.
}
