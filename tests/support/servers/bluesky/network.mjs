// A Bluesky network in one process: PLC directory, PDS (with its rate limits on) and AppView. Prints one line of JSON when it is
// ready: {"pds": URL, "appview": URL}. Needs DB_POSTGRES_URL, an empty database, and TMPDIR, where the PDS keeps its files.
//
// @atproto/dev-env's own TestNetwork starts moderation and a second PDS as well, which nobody here talks to.
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = createRequire(path.join(process.cwd(), 'package.json'))
const dev = await import(pathToFileURL(modules.resolve('@atproto/dev-env')))
const devFolder = path.dirname(modules.resolve('@atproto/dev-env'))
const { mockNetworkUtilities } = await import(pathToFileURL(path.join(devFolder, 'util.js')))

const database = process.env.DB_POSTGRES_URL
const modServiceDid = 'did:plc:nobody'
const apiKey = 'bsync-key'
const ports = await Promise.all([0, 1].map(() => dev.getPort?.() ?? freePort()))
const [pdsPort, appviewPort] = ports

const plc = await dev.TestPlc.create({})
const bsync = await dev.TestBsync.create({ apiKeys: [apiKey], dbUrl: database, dbSchema: 'bsync' })
const appview = await dev.TestBsky.create({
  port: appviewPort,
  publicUrl: `http://localhost:${appviewPort}`,
  plcUrl: plc.url,
  pdsPort,
  bsyncApiKey: apiKey,
  bsyncUrl: bsync.url,
  repoProvider: `ws://localhost:${pdsPort}`,
  dbPostgresSchema: 'appview',
  dbPostgresUrl: database,
  redisHost: '127.0.0.1:1', // asked for, never called
  modServiceDid,
  labelsFromIssuerDids: [],
})
bsync.ctx.dataplaneClients = [appview.ctx.dataplane]
const pds = await dev.TestPds.create({
  port: pdsPort,
  hostname: 'localhost',
  didPlcUrl: plc.url,
  bskyAppViewUrl: appview.url,
  bskyAppViewDid: appview.ctx.cfg.serverDid,
  modServiceDid,
  enableDidDocWithSession: true,
  rateLimitsEnabled: true,
})
mockNetworkUtilities(pds, appview)
pds.ctx.mailer.transporter.sendMail = async () => ({}) // there is no mail server

console.log(JSON.stringify({ pds: pds.url, appview: appview.url }))

async function freePort() {
  const net = await import('node:net')
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.on('error', reject)
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
