// A concern is kept as it is typed. Enhancement only: without this file the page's own buttons keep it.
// What is unsent stays in this page's memory and is sent again; nothing is written to the browser's storage.

const form = document.querySelector('[data-concern]')
const PAUSE = 1200
const AGAIN = [2000, 5000, 10000, 20000]

showByDanger()
showWithChoice()
if (form) keepAsTyped(form)

function showByDanger() {
  const parts = document.querySelectorAll('[data-when-danger]')
  const update = () => {
    const chosen = document.querySelector('input[name="danger"]:checked')?.value ?? ''
    for (const part of parts) part.hidden = !part.dataset.whenDanger.split(' ').includes(chosen)
  }
  document.addEventListener('change', (event) => { if (event.target.name === 'danger') update() })
  window.addEventListener('pageshow', update)
  update()
}

function showWithChoice() {
  const parts = document.querySelectorAll('[data-shown-with]')
  const update = () => { for (const part of parts) part.hidden = !document.getElementById(part.dataset.shownWith).checked }
  document.addEventListener('change', update)
  window.addEventListener('pageshow', update)
  update()
}

function keepAsTyped(form) {
  const status = form.querySelector('[data-saved]')
  const state = { dirty: false, sending: false, tries: 0, timer: 0, leaving: false }

  const say = (text, link) => {
    status.textContent = text
    if (link) {
      const a = document.createElement('a')
      a.className = 'govuk-link'
      a.href = link.href
      a.textContent = link.text
      if (link.apart) a.target = '_blank'
      status.append(' ', a)
    }
  }
  const body = () => {
    const data = new FormData(form)
    data.delete('files')
    data.set('do', 'autosave')
    return data
  }
  const later = (wait) => {
    clearTimeout(state.timer)
    state.timer = setTimeout(send, wait)
  }
  const changed = (event) => {
    if (event.target.type === 'file') return
    state.dirty = true
    if (!state.sending) later(PAUSE)
  }

  async function send() {
    if (!state.dirty || state.sending || state.leaving) return
    state.dirty = false
    state.sending = true
    try {
      const answer = await fetch(form.action, { method: 'POST', body: body(), credentials: 'same-origin', redirect: 'error' })
      if (answer.status === 410) return raisedElsewhere(await answer.json())
      if (!answer.ok) throw new Error(String(answer.status))
      kept(await answer.json())
      state.tries = 0
    } catch {
      state.dirty = true
      say('Not kept yet: Nightlight can’t be reached. Do not close this page; it tries again by itself.')
      later(AGAIN[Math.min(state.tries++, AGAIN.length - 1)])
      return
    } finally {
      state.sending = false
    }
    if (state.dirty) later(PAUSE)
  }

  function kept(answer) {
    form.elements.version.value = answer.version
    form.elements.ticket.value = answer.ticket
    if (answer.state === 'forked') {
      form.action = answer.action
      history.replaceState(null, '', answer.action)
      say(`Kept at ${answer.saved} as a second draft: this concern was changed in another window too. Both are kept.`, { href: answer.other || '/concerns', text: 'See the other one', apart: true })
    } else if (answer.state === 'signed_out') {
      form.action = answer.action
      say(`Kept at ${answer.saved}. You have been signed out: to raise it,`, { href: answer.sign_in, text: 'sign in again' })
    } else if (!state.dirty) {
      say(`Kept at ${answer.saved}.`)
    }
  }

  function raisedElsewhere(answer) {
    state.leaving = true
    say('This concern is raised already, or its draft was deleted, in another window.', { href: answer.url, text: 'See what became of it' })
  }

  form.addEventListener('input', changed)
  form.addEventListener('change', changed)
  form.addEventListener('submit', () => { state.leaving = true; clearTimeout(state.timer) })
  window.addEventListener('pageshow', () => { state.leaving = false })
  window.addEventListener('online', () => later(0))
  // The phone is put away: send at once, and let it finish after the page is gone.
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') later(0) })
  window.addEventListener('pagehide', () => { if (state.dirty && !state.leaving) navigator.sendBeacon(form.action, body()) })
  window.addEventListener('beforeunload', (event) => { if (state.tries && state.dirty && !state.leaving) event.preventDefault() })
  bodyMap(form)
}

function bodyMap(form) {
  for (const part of form.querySelectorAll('[data-region]')) {
    const box = document.getElementById(`body-${part.dataset.region}`)
    const show = () => part.classList.toggle('nl-body__part--marked', box.checked)
    box.addEventListener('change', show)
    part.addEventListener('click', () => { box.click() })
    show()
  }
}
