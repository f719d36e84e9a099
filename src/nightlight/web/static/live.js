// A page that stays open hears what others do, and keeps what one types. Enhancement only: its forms do everything.
//
// <main data-live="/meetings/ID/stream" data-number="41" data-drafts="/meetings/ID/drafts"> ... </main>
// <p data-live-status></p>                 where it says whether it is connected
// <form data-draft="danger:ITEM"> ...      kept as it is typed, and seen by the others where the place is open
//
// Events on document: "nightlight:changed" and "nightlight:typing", with the message as `detail`.

const page = document.querySelector('[data-live]')
const PAUSE = 250
const LONGEST = 5000
if (page && window.EventSource) listen(page)
for (const form of document.querySelectorAll('form[data-draft]')) keep(form)

function listen(page) {
  const say = (text) => { for (const place of document.querySelectorAll('[data-live-status]')) place.textContent = text }
  let number = Number(page.dataset.number || 0)
  let source
  const hear = (name) => source.addEventListener(name, (event) => {
    const detail = JSON.parse(event.data)
    if (event.lastEventId) number = page.dataset.number = Math.max(number, Number(event.lastEventId) || 0)
    document.dispatchEvent(new CustomEvent(`nightlight:${name}`, { detail }))
  })
  const open = () => {
    source = new EventSource(`${page.dataset.live}?after=${number}`)
    hear('changed')
    hear('typing')
    source.addEventListener('ready', () => say('Connected: you see what others do as they do it.'))
    source.addEventListener('error', () => {
      say('Not connected. What you type is kept, and what others did will be shown when the connection is back.')
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 3000)
    })
  }
  open()
  window.addEventListener('pagehide', () => source.close())
  window.addEventListener('pageshow', (event) => { if (event.persisted) open() })
}

function keep(form) {
  const url = document.querySelector('[data-drafts]')?.dataset.drafts
  if (!url) return
  const say = (text) => { const status = form.querySelector('[data-saved]'); if (status) status.textContent = text }
  let timer = 0
  let sending = false
  let dirty = false
  let wait = PAUSE
  const send = async (leaving) => {
    if (sending && !leaving) return
    sending = true
    dirty = false
    const body = new FormData(form)
    body.set('place', form.dataset.draft)
    body.set('sequence', String(Date.now()))
    try {
      const answer = await fetch(url, { method: 'POST', body, keepalive: Boolean(leaving), credentials: 'same-origin' })
      if (!answer.ok) throw new Error(String(answer.status))
      wait = PAUSE
      say('Kept')
    } catch {
      dirty = true
      wait = Math.min(wait * 2 + Math.random() * PAUSE, LONGEST)
      say('Not kept yet: the connection is gone. It is tried again.')
    } finally {
      sending = false
      if (dirty && !leaving) { clearTimeout(timer); timer = setTimeout(send, wait) }
    }
  }
  form.addEventListener('input', () => {
    dirty = true
    say('')
    clearTimeout(timer)
    timer = setTimeout(send, PAUSE)
  })
  form.addEventListener('submit', () => { clearTimeout(timer); dirty = false })
  window.addEventListener('pagehide', () => { if (dirty) send(true) })
}
