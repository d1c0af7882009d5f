// Functions that run in pages: their source text is handed to the browser, so each stands for itself.

/** What a page tells by `unikTell`, as JSON. */
export type PageMessage =
  | { readonly id: number; readonly status: number; readonly headers: readonly (readonly [string, string])[] }
  | { readonly id: number; readonly chunk: string }
  | { readonly id: number; readonly end: true }
  | { readonly id: number; readonly error: string }
  | { readonly text: string; readonly stream: 'out' | 'err' }
  | { readonly ended: number }

/** A request for the page to make. */
export interface PageRequest {
  readonly id: number
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  /** In base64. */
  readonly body: string | undefined
}

declare const unikTell: (json: string) => void

/** Sends a request as any page of the site would, so that its service worker answers it; tells of the answer as it comes. */
export async function sendFromPage({ id, method, path, headers, body }: PageRequest): Promise<void> {
  const tell = (message: object) => unikTell(JSON.stringify({ id, ...message }))
  try {
    const bytes = body === undefined ? null : Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
    const init = { method, headers: headers as [string, string][], body: bytes, cache: 'no-store' as const }
    const response = await fetch(path, init)
    tell({ status: response.status, headers: [...response.headers] })
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      let text = ''
      for (let at = 0; at < part.value.length; at += 0x8000)
        text += String.fromCharCode(...part.value.subarray(at, at + 0x8000))
      tell({ chunk: btoa(text) })
    }
    tell({ end: true })
  } catch (error) {
    tell({ error: String(error) })
  }
}

/** Resolves when the service worker is in control of the page. */
export async function untilControlled(): Promise<void> {
  const { serviceWorker } = (globalThis as unknown as PageScope).navigator
  if (serviceWorker.controller !== null) return
  await new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
}

/** Runs before a script's page: tells what its terminal shows, and the status once it has been there for a while with nothing behind it. */
export function watchTerminal(): void {
  const quiet = 300 // milliseconds: timers may still be running, and nobody can ask for them
  let timer: number | undefined
  const page = globalThis as unknown as PageScope
  const look = (changes: readonly Change[]) => {
    for (const { addedNodes } of changes)
      for (const { className, textContent } of addedNodes)
        if (className === 'out' || className === 'err')
          unikTell(JSON.stringify({ text: textContent, stream: className }))
    const { status } = page.document.body?.dataset ?? {}
    if (status === undefined) return
    page.clearTimeout(timer)
    timer = page.setTimeout(() => unikTell(JSON.stringify({ ended: Number(status) })), quiet)
  }
  const what = { subtree: true, childList: true, attributes: true, attributeFilter: ['data-status'] }
  new page.MutationObserver(look).observe(page.document, what)
}

interface Change {
  readonly addedNodes: Iterable<{ readonly className?: string; readonly textContent: string }>
}
interface PageScope {
  readonly navigator: { readonly serviceWorker: EventTarget & { readonly controller: object | null } }
  readonly document: { readonly body: { readonly dataset: { readonly status?: string } } | null }
  readonly MutationObserver: new (
    callback: (changes: readonly Change[]) => void,
  ) => {
    observe(node: object, options: object): void
  }
  setTimeout(callback: () => void, milliseconds: number): number
  clearTimeout(timer: number | undefined): void
}
