// Asks the browser for a passkey when the button is pressed, and sends its answer with the form. Nothing else needs it.
for (const button of document.querySelectorAll('button[data-passkey]')) {
  const form = button.form
  const said = form.querySelector('[data-said]')
  const asks = window.PublicKeyCredential && window.isSecureContext
  if (!asks) {
    said.textContent = 'This browser, or this address, has no passkeys. Use another way.'
    continue
  }
  button.hidden = false
  button.addEventListener('click', async event => {
    event.preventDefault()
    said.textContent = ''
    try {
      const options = JSON.parse(button.dataset.passkey)
      const fresh = button.dataset.kind === 'new'
      const asked = fresh
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
      form.elements[button.dataset.field].value = JSON.stringify(asked.toJSON())
      form.submit()
    } catch (error) {
      said.textContent = 'No passkey was used. Try again, or use another way.'
    }
  })
}
