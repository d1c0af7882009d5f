import { join } from 'node:path'
import { writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { writeZip } from './formats/zip.js'
import { hostFile } from './lib/host-file.js'
import { needApp } from './lib/need-app.js'
import { jsonFile, nodeFiles, nodeManifest } from './lib/node-files.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { type ReadmeSection, writeReadme } from './lib/readme.js'
import type { LambdaRecipe, Way } from './lib/recipe.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  memory: { type: 'integer', minimum: 128, maximum: 10240, default: 128, summary: 'MiB of the function' },
  timeout: {
    type: 'integer',
    minimum: 1,
    maximum: 900,
    default: 30,
    summary: 'seconds that an invocation may take',
  },
  role: {
    type: 'text',
    pattern: /^arn:aws[a-z-]*:iam::\w+:role\/\S+$/,
    form: 'the ARN of a role',
    default: 'arn:aws:iam::ACCOUNT:role/ROLE',
    summary: 'role that the function has',
  },
  region: {
    type: 'text',
    pattern: /^[A-Za-z0-9-]+$/,
    form: 'the name of a region',
    default: 'REGION',
    summary: "region, of the Web Adapter's layer too",
  },
} as const satisfies Options

/**
 * Two zip archives: the bundle with a handler for the managed Node.js runtime, and, for servers, the app ELF as the bootstrap of a
 * custom runtime. The ELF knows HTTP and not Lambda's Runtime API, which the layer of AWS's Web Adapter speaks for it.
 */
const lambda: Target<typeof options> = {
  name: 'lambda',
  layer: 'language VM',
  summary: 'AWS Lambda: a Node.js handler zip, and a custom-runtime zip for the Web Adapter layer',
  artefact: 'Node.js zip, custom-runtime zip',
  platform: 'AWS Lambda (x86_64)',
  varies: ['runtime (nodejs24.x, provided.al2023)'],
  carries: 'bundle',
  proof: 'run on a stand-in of its platform',
  options,
  write(build, folder, values) {
    const date = sourceDate()
    writeContent(join(folder, nodeZip(build)), writeZip(nodeFunction(build), date))
    writeJson(join(folder, 'node.json'), nodeRequest(build, values))
    if (build.port !== undefined) {
      writeContent(join(folder, customZip(build)), writeZip(customFunction(build), date))
      writeJson(join(folder, 'custom.json'), customRequest(build, build.port, values))
    }
    writeDebugFiles(build, folder)
    describe(build, folder, values)
  },
  // The managed runtime of Node.js; of a server, the custom one too.
  recipe(build, folder) {
    const way = (runtime: LambdaRecipe['runtime'], archive: string): Way => ({
      name: runtime,
      recipe: {
        kind: 'lambda',
        runtime,
        archive: join(folder, archive),
        request: join(folder, `${runtime}.json`),
      },
    })
    const node = way('node', nodeZip(build))
    return build.port === undefined ? [node] : [node, way('custom', customZip(build))]
  },
}
export default lambda

type Values = OptionValues<typeof options>
type Named = { readonly name: string }
const nodeZip = ({ name }: Named): string => `${name}-node.zip`
const customZip = ({ name }: Named): string => `${name}-custom.zip`

function nodeFunction(build: Build): RootfsEntry[] {
  const server = `import './environment.js'
import app from './app.js'
import { serverHandler } from './lambda-handler.js'

export const handler = serverHandler(app)
`
  const script = `import { fileURLToPath } from 'node:url'
import { scriptHandler } from './lambda-handler.js'

export const handler = scriptHandler(fileURLToPath(new URL('./main.js', import.meta.url)))
`
  return [
    ...nodeFiles(build, 'lambda'),
    textFile('index.mjs', build.port === undefined ? script : server),
    hostFile(build, 'lambda-handler'),
    hostFile(build, 'node-job'),
    jsonFile('package.json', nodeManifest(build)),
  ]
}

function customFunction(build: Build): RootfsEntry[] {
  return [
    { path: 'bootstrap', type: 'file', mode: 0o755, data: needApp(build, 'lambda').bytes },
    { path: 'NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
  ]
}

/** What CreateFunction is asked for, with the role left to fill in. */
function nodeRequest(build: Build, values: Values): object {
  return {
    ...commonRequest(build, values),
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Environment: variables(build),
  }
}

/** Version 26 of the layer is release 1.0 of the adapter (github.com/awslabs/aws-lambda-web-adapter). */
function customRequest(build: Build, port: number, values: Values): object {
  return {
    ...commonRequest(build, values),
    Runtime: 'provided.al2023',
    Handler: 'bootstrap',
    Layers: [`arn:aws:lambda:${values.region}:753240598075:layer:LambdaAdapterLayerX86:26`],
    Environment: variables(build, { AWS_LWA_PORT: String(port), PORT: String(port) }),
  }
}

function commonRequest({ name, about }: Build, { role, memory, timeout }: Values): object {
  return {
    FunctionName: name,
    Description: about.description.slice(0, 256),
    Role: role,
    Architectures: ['x86_64'],
    MemorySize: memory,
    Timeout: timeout,
    PackageType: 'Zip',
  }
}

function variables({ env }: Build, more: Readonly<Record<string, string>> = {}): object {
  const { PORT: _, ...own } = env
  return { Variables: { ...own, ...more } }
}

function describe(build: Build, folder: string, { region }: Values): void {
  const where = region === options.region.default ? '' : ` --region ${region}`
  const create = (kind: string, zip: string): readonly string[] => [
    `aws lambda create-function${where} --cli-input-json file://${kind}.json --zip-file fileb://${zip}`,
    `aws lambda create-function-url-config${where} --function-name ${build.name} --auth-type AWS_IAM`,
  ]
  const custom: ReadmeSection = {
    title: 'Custom runtime',
    text: "The static program as it is. AWS's Web Adapter, a layer, turns invocations into requests for it.",
    commands: create('custom', customZip(build)),
  }
  writeReadme(
    folder,
    build.name,
    'The app for AWS Lambda. Where the JSON file that you use says ACCOUNT, ROLE or REGION, put yours in.',
    [
      { title: 'Managed Node.js runtime', commands: create('node', nodeZip(build)) },
      ...(build.port === undefined ? [] : [custom]),
    ],
  )
}
