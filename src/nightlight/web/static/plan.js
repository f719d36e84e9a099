// A plan's page that stays open says when somebody has changed the plan since: every few seconds, and at once when one
// comes back to it or opens one of its forms. Enhancement only: the page says when it was drawn, and no edit overwrites
// another unseen.
//
// <div data-newer="/plans/ID/newer" data-number="7"> ... <p data-newer-says role="status"></p>

const page = document.querySelector('[data-newer]')
const EVERY = 5000
if (page) {
  setInterval(ask, EVERY)
  document.addEventListener('visibilitychange', ask)
  page.addEventListener('toggle', ask, true)
}

async function ask() {
  if (document.hidden) return
  try {
    const answer = await fetch(page.dataset.newer, { credentials: 'same-origin' })
    if (!answer.ok) return
    const { number } = await answer.json()
    if (number > Number(page.dataset.number)) say()
  } catch { /* the connection is gone: the page still says when it was drawn */ }
}

function say() {
  const place = page.querySelector('[data-newer-says]')
  if (place.childElementCount) return
  const words = document.createElement('strong')
  words.textContent = 'Somebody has changed this plan since. '
  const again = document.createElement('a')
  again.className = 'govuk-link'
  again.href = location.pathname
  again.textContent = 'Show it as it stands now'
  place.replaceChildren(words, again)
  place.classList.add('nl-newer')
}
