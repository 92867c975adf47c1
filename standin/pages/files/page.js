// A second click on a button does nothing. The server would not pay twice either; this only says so at once.
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    event.submitter?.classList.add('busy');
    document.body.classList.add('sent');
  });
}
// After "back" the browser may show this page as it was left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
