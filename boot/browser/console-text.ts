/** A value of the page's, as DevTools describe it. */
interface RemoteObject {
  readonly type: string
  readonly value?: unknown
  readonly description?: string
  readonly unserializableValue?: string
}

/** What a person would read in the console of DevTools, for an event that is one of it. */
export function consoleText(
  method: string,
  params: unknown,
): [text: string, stream: 'out' | 'err'] | undefined {
  if (method === 'Runtime.consoleAPICalled') {
    const { type, args } = params as { type: string; args: readonly RemoteObject[] }
    const text = args.map(show).join(' ')
    return [
      text.endsWith('\n') ? text : `${text}\n`,
      /^(error|warning|assert|trace)$/.test(type) ? 'err' : 'out',
    ]
  }
  if (method !== 'Runtime.exceptionThrown') return undefined
  const { text, exception } = (params as { exceptionDetails: { text: string; exception?: RemoteObject } })
    .exceptionDetails
  return [`${text} ${exception === undefined ? '' : show(exception)}\n`, 'err']
}

function show({ type, value, description, unserializableValue }: RemoteObject): string {
  if (type === 'string') return String(value)
  return unserializableValue ?? description ?? (value === undefined ? type : JSON.stringify(value))
}
