// An open meeting: others' changes appear, one's own forms are sent without leaving the page, and what a time or a
// protection comes to is drawn as it is typed. Enhancement only: without it each form sends, and a reload shows.
//
// Parts of the page that are drawn again are [data-part] with an id; forms stay, with what is typed into them.

function begin(page) {
  let asking = false
  let again = false
  document.addEventListener('nightlight:changed', (event) => {
    note(page, event.detail)
    if (page.dataset.again) refresh()
  })
  document.addEventListener('nightlight:typing', (event) => typing(event.detail))
  page.addEventListener('submit', (event) => {
    if (event.target.matches('form[data-form]') && page.dataset.again) send(event, page)
  })
  page.addEventListener('input', (event) => {
    const form = event.target.closest('form')
    if (form && form.querySelector('[data-preview]')) later(form, page)
  })
  for (const form of page.querySelectorAll('form')) if (form.querySelector('[data-preview]') && said(form)) preview(form, page)

  async function refresh() {
    if (asking) { again = true; return }
    asking = true
    try {
      const answer = await fetch(page.dataset.again, { headers: { 'X-Live': '1' }, credentials: 'same-origin' })
      if (answer.ok) swap(page, parsed(await answer.text()))
    } catch { /* the stream says that the connection is gone; its next message comes here again */ }
    asking = false
    if (again) { again = false; refresh() }
  }
}

const parsed = (text) => new DOMParser().parseFromString(text, 'text/html')
const said = (form) => (form.elements.said_when?.value || '').trim()

// Draw the parts again. What is open stays open, and the focus stays where it was; a part in which somebody types waits.
function swap(page, fresh, besides = '') {
  const open = fresh.querySelector('.nl-meeting')?.dataset.open
  if (open && open !== page.dataset.open && !written(page, besides)) { window.location.assign(page.dataset.again); return }
  for (const part of page.querySelectorAll('[data-part]')) {
    const next = fresh.getElementById(part.id)
    if (!next || (part.id === 'errors' && !besides)) continue
    if (part.innerHTML === next.innerHTML || writes(part, besides)) continue
    const unfolded = new Set([...part.querySelectorAll('details[open]')].map((each) => each.id))
    const at = part.contains(document.activeElement) ? document.activeElement.id || owner(document.activeElement) : ''
    part.innerHTML = next.innerHTML
    for (const each of part.querySelectorAll('details')) if (unfolded.has(each.id) && each.id !== `${besides}-open`) each.open = true
    if (at) focus(at)
  }
}

// Whether something is typed on the page that was not sent. It is kept as a draft, and still not taken from anybody's eyes.
function written(page, besides) {
  return [...page.querySelectorAll('form[data-draft]')].some((form) => form.id !== besides &&
    [...form.elements].some((each) => each.matches('textarea, input[type=text]') && each.value !== each.defaultValue))
}

const owner = (element) => element.closest('form[id]')?.id || ''
const focus = (id) => {
  const found = document.getElementById(id)
  const to = found?.matches('form') ? found.querySelector('button') : found
  to?.focus({ preventScroll: true })
}

// Whether somebody types in this part, or has typed there what was not sent.
function writes(part, besides) {
  const at = document.activeElement
  if (part.contains(at) && at.matches('input:not([type=hidden]), textarea, select') && at.closest('form')?.id !== besides) return true
  return [...part.querySelectorAll('textarea, input[type=text]')].some((each) => !each.readOnly && each.form?.id !== besides && each.value !== each.defaultValue)
}

// Send a form and stay on the page. Another form that somebody is typing into is not touched.
async function send(event, page) {
  const form = event.target
  if (form.dataset.sending) { event.preventDefault(); return }
  event.preventDefault()
  form.dataset.sending = '1'
  const button = form.querySelector('button[type=submit]')
  button?.setAttribute('aria-disabled', 'true')
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers: { 'X-Live': '1' }, credentials: 'same-origin' })
    const go = answer.headers.get('X-Go')
    if (go) { window.location.assign(go); return }
    if (answer.status !== 200 && answer.status !== 422) throw new Error(String(answer.status))
    const fresh = parsed(await answer.text())
    swap(page, fresh, form.id)
    if (answer.status === 200 && fresh.querySelector('.nl-meeting')?.dataset.open !== page.dataset.open) {
      window.location.assign(page.dataset.again)
      return
    }
    renew(form, fresh, answer.status === 200)
    if (answer.status === 422) attend()
  } catch {
    const status = form.querySelector('[data-saved]')
    if (status) status.textContent = 'Not sent: the connection is gone. What you typed is still here; send it again.'
    else window.location.reload()
  } finally {
    delete form.dataset.sending
    button?.removeAttribute('aria-disabled')
  }
}

// The form as it is drawn now: empty and with a new id after it was kept, with its errors where it was not.
function renew(form, fresh, kept) {
  const next = fresh.getElementById(form.id)
  const holder = form.closest('details')
  if (!form.isConnected) return
  if (!next) { (holder || form).remove(); return }
  form.innerHTML = next.innerHTML
  if (next.dataset.draft) form.dataset.draft = next.dataset.draft
  if (kept && holder) { holder.open = false; holder.querySelector('summary')?.focus({ preventScroll: true }) }
  if (!kept && holder) holder.open = true
  const errors = document.getElementById('errors')
  if (errors) errors.innerHTML = fresh.getElementById('errors')?.innerHTML || ''
}

function attend() {
  const summary = document.querySelector('#errors .govuk-error-summary')
  if (summary) { summary.tabIndex = -1; summary.focus() }
}

// What others type, before it is kept.
function typing({ name, place, content }) {
  const [what, item] = place.split(':')
  const where = document.querySelector(`[data-typing="${CSS.escape(what)}"]`)
  if (!where) return
  const text = ['what', 'reasons', 'words', 'text', 'said_when', 'how_confirmed', 'how'].map((each) => content[each]).find(Boolean)
  let line = [...where.children].find((each) => each.dataset.item === item)
  if (!text) { line?.remove(); return }
  if (!line) {
    line = document.createElement('p')
    line.dataset.item = item
    where.append(line)
  }
  const who = document.createElement('strong')
  who.textContent = `${name} is writing:`
  line.replaceChildren(who, ` ${text}`)
}

// On the page of one item: that somebody changed it meanwhile. What one writes stays; sending it shows both texts.
function note(page, { by_name: name, item }) {
  if (!item || item.id !== page.dataset.item || item.version <= Number(page.dataset.version)) return
  const where = page.querySelector('[data-changed-note]')
  if (!where) return
  page.dataset.version = item.version
  const text = item.fields.what || item.fields.reasons || item.fields.words || item.fields.text || ''
  where.textContent = `${name} has changed this since you opened it. It now says: "${text}". What you wrote is still here; if you send it, both texts are kept and shown.`
}

// -- how a time is read, and what it comes to

const timers = new WeakMap()
function later(form, page) {
  clearTimeout(timers.get(form))
  timers.set(form, setTimeout(() => preview(form, page), 300))
}

async function preview(form, page) {
  const where = form.querySelector('[data-preview]')
  if (!said(form)) { where.replaceChildren(); return }
  try {
    const answer = await fetch(page.dataset.previews, { method: 'POST', body: new FormData(form), credentials: 'same-origin' })
    if (answer.ok) where.innerHTML = await answer.text()
  } catch { /* it is only a preview */ }
}

const page = document.querySelector('.nl-meeting')
if (page) begin(page)
