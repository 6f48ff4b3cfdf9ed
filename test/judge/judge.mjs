// Reads Iceberg tables with somebody else's engine and prints what it sees, so that tests can compare rows.
//
//   node judge.mjs ENGINE ROOT < FOLDERS        ENGINE is clickhouse or icebird; FOLDERS are paths below ROOT, one a line
//
// For each folder one JSON object a line: {"table": folder, "rows": [[cell, ...], ...]} or {"table": folder, "refused": reason}.
// A cell is null or text in one canonical form (see `cell`), whatever the engine; columns are those of the current schema, in order.
// ClickHouse also counts the rows of one equality a column, with and without pruning by partitions, bounds and row groups: {"filters": how many were
// tried, "misled": those for which pruning changed the count}. A wrong bound or partition value would hide rows from engines that prune.
// icebird keeps milliseconds and reads decimals as doubles: with it, cells are cut to what it can tell apart.
// The packages are looked for in $JUDGE_NODE_MODULES, else beside this file.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import zlib from 'node:zlib'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [engine, root] = process.argv.slice(2)
if (!['clickhouse', 'icebird'].includes(engine) || !root) {
  console.error('usage: node judge.mjs clickhouse|icebird ROOT < FOLDERS')
  process.exit(2)
}
const modules = process.env.JUDGE_NODE_MODULES || path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'node_modules')
const requireFrom = createRequire(path.join(modules, 'x.js'))

// Ids are beyond 2^53: they are kept as text.
function readMetadata(folder) {
  const dir = path.join(folder, 'metadata')
  const version = fs.readFileSync(path.join(dir, 'version-hint.text'), 'utf8').trim()
  const file = ['.metadata.json', '.gz.metadata.json'].map(ending => path.join(dir, `v${version}${ending}`)).find(f => fs.existsSync(f))
  const bytes = fs.readFileSync(file ?? path.join(dir, `v${version}.metadata.json`))
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? zlib.gunzipSync(bytes) : bytes).toString('utf8')
  return JSON.parse(text.replace(/("(?:snapshot-id|current-snapshot-id|parent-snapshot-id)"\s*:\s*)(-?\d{16,})/g, '$1"$2"'))
}

function cell(type, value) {
  if (value === null || value === undefined) return null
  if (typeof type === 'object') {
    if (type.type === 'struct') return '{' + type.fields.map(f => cell(f.type, value[f.name]) ?? 'null').join(', ') + '}'
    if (type.type === 'list') return '[' + [...value].map(v => cell(type.element, v) ?? 'null').join(', ') + ']'
    const pairs = Array.isArray(value) ? value.map(e => Array.isArray(e) ? e : [e.key, e.value]) : value instanceof Map ? [...value] : Object.entries(value)
    return '{' + pairs.map(([k, v]) => `${cell(type.key, k)}=${cell(type.value, v) ?? 'null'}`).sort().join(', ') + '}'
  }
  const text = value instanceof Date ? value.toISOString().replace('T', ' ').replace('Z', '') : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : typeof value === 'number' ? number(value) : String(value)
  if (type === 'boolean') return text === 'true' || text === '1' ? 'true' : 'false'
  if (type === 'date') return text.slice(0, 10)
  if (type.startsWith('timestamp')) return text.replace('T', ' ').replace('Z', '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '').slice(0, engine === 'icebird' ? 23 : undefined)
  if (type === 'uuid') return text.replace(/^0x|-/g, '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  if (type === 'time') return time(BigInt(text) * (engine === 'clickhouse' ? 1000000n : 1n))
  if (type === 'float') return number(Math.fround(toNumber(text)))
  if (type === 'double') return number(toNumber(text))
  const decimal = /^decimal\(\s*\d+\s*,\s*(\d+)\s*\)$/.exec(type)
  if (decimal) return engine === 'icebird' ? Number(text).toPrecision(12) : pad(text, Number(decimal[1]))
  if (type === 'binary' || type.startsWith('fixed')) return value instanceof Uint8Array ? text : engine === 'clickhouse' ? text : Buffer.from(text, 'utf8').toString('hex')
  return text
}

// ClickHouse writes "inf", JavaScript reads "Infinity"; String(-0) loses the sign.
const toNumber = text => Number(text.replace(/\binf\b/, 'Infinity').replace(/\bnan\b/, 'NaN'))
const number = value => Object.is(value, -0) ? '-0' : String(value)

// icebird gives times of day as microseconds, ClickHouse as whole seconds.
function time(micros) {
  const part = (unit, size) => String(micros / unit % size).padStart(2, '0')
  return `${part(3600000000n, 24n)}:${part(60000000n, 60n)}:${part(1000000n, 60n)}.${String(micros % 1000000n).padStart(6, '0')}`
}

function pad(text, scale) {
  if (scale === 0) return text
  const [whole, fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(scale, '0')}`
}

// Whatever URI the metadata mentions, as a file below the table's folder.
function localFile(folder, location, uri) {
  const bare = text => decodeURI(String(text)).replace(/^[a-z0-9]+:\/\/[^/]*(?=\/)/i, '').replace(/^file:/i, '')
  const target = bare(uri)
  const base = bare(location).replace(/\/+$/, '')
  for (const file of [target, String(uri).replace(/^file:\/*/, '/'), path.join(folder, target.slice(base.length + 1))]) if (fs.existsSync(file)) return file
  throw new Error(`no local file for ${uri}`)
}

async function readWithIcebird(folder, metadata) {
  const current = metadata['current-snapshot-id']
  if (current === undefined || current === null || String(current) === '-1') return []
  // icebird compares ids with === as numbers: give the wanted snapshot a small one.
  const snapshot = metadata.snapshots.find(s => String(s['snapshot-id']) === String(current))
  metadata.snapshots = [{ ...snapshot, 'snapshot-id': 1 }]
  metadata['current-snapshot-id'] = 1
  globalThis.fetch = async (uri, init = {}) => {
    const bytes = fs.readFileSync(localFile(folder, metadata.location, uri))
    const range = /bytes=(\d*)-(\d*)/.exec(new Headers(init.headers || {}).get('range') || '')
    if ((init.method || 'GET').toUpperCase() === 'HEAD') return new Response(null, { status: 200, headers: { 'content-length': String(bytes.length), 'accept-ranges': 'bytes' } })
    if (!range) return new Response(bytes, { status: 200, headers: { 'content-length': String(bytes.length) } })
    const start = range[1] === '' ? bytes.length - Number(range[2]) : Number(range[1])
    const end = range[1] === '' || range[2] === '' ? bytes.length : Math.min(bytes.length, Number(range[2]) + 1)
    return new Response(bytes.subarray(start, end), { status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}`, 'content-length': String(end - start) } })
  }
  const { icebergRead } = await import(pathToFileURL(path.join(modules, 'icebird/src/index.js')).href)
  return await icebergRead({ tableUrl: metadata.location, metadata })
}

const quoted = name => '`' + name.replace(/\\/g, '\\\\').replace(/`/g, '\\`') + '`'
const literal = value => typeof value === 'string' ? "'" + value.replace(/\\/g, '\\\\').replace(/'/g, "\\'") + "'" : String(value)

function ask(folder, select, where, settings) {
  const { query } = requireFrom('chdb')
  const from = `icebergLocal(${literal(path.relative(root, folder))})`
  return query(`SELECT ${select} FROM ${from} ${where} SETTINGS ${settings}, use_iceberg_metadata_files_cache=0, use_parquet_metadata_cache=0, session_timezone='UTC'`, 'JSONEachRow').split('\n').filter(Boolean).map(line => JSON.parse(line))
}

// After a query that failed, libchdb answers the next one wrongly (columns of the failed one's table, or its error again): it gets one that does not matter.
function settle() {
  if (engine !== 'clickhouse') return
  for (let i = 0; i < 3; i++) try { requireFrom('chdb').query('SELECT 1', 'JSONEachRow') } catch { /* the failed one's error again */ }
}

function readWithClickHouse(folder, schema) {
  // Raw bytes do not survive JSON; ids and decimals go as text.
  const columns = schema.fields.map(f => f.type === 'binary' || String(f.type).startsWith('fixed') ? `lower(hex(${quoted(f.name)})) AS ${quoted(f.name)}` : quoted(f.name))
  return ask(folder, columns.join(', '), '', "optimize_trivial_count_query=0, output_format_json_quote_64bit_integers=1, output_format_json_quote_decimals=1, output_format_json_quote_denormals=1, date_time_output_format='simple'")
}

function filterWithClickHouse(folder, metadata, schema, rows) {
  const parts = metadata['partition-specs'].flatMap(s => s.fields)
  // ClickHouse counts years, months, days and hours before 1970 in another way than Iceberg, and prunes what it should not: files of any spec of the table.
  const isBeforeEpoch = (field, value) => String(value) < '1970' && parts.some(p => p['source-id'] === field.id && /^(year|month|day|hour)$/.test(p.transform))
  // ClickHouse misreads a negative lower bound of a decimal of 10 to 18 digits. Ours are the spec's bytes: DECIMAL(18, 4) -99999999999999.9999 is f21f494c589c0001, the
  // minimal two's complement, big-endian; with it a file is pruned that ClickHouse finds the value in without pruning.
  const hasMisreadBound = field => { const d = /^decimal\(\s*(\d+)/.exec(field.type); return d && d[1] > 9 && d[1] < 19 && rows.some(r => String(r[field.name] ?? '').startsWith('-')) }
  // Bounds of files that were written before a column was widened are as short as they were then (Iceberg spec, appendix D); ClickHouse reads them at the new width.
  const isWidened = field => metadata.schemas.some(s => s.fields.some(f => f.id === field.id && JSON.stringify(f.type) !== JSON.stringify(field.type)))
  // A condition on a name that another column had before is pushed into old files by that name ("Cannot convert string 'abc' to type Int32").
  const isReused = field => metadata.schemas.some(s => s.fields.some(f => f.name === field.name && f.id !== field.id))
  const count = (where, pruning) => Number(ask(folder, 'count() AS `rows?`', where, `use_iceberg_partition_pruning=${pruning}, input_format_parquet_filter_push_down=${pruning}`)[0]["rows?"])
  const conditions = schema.fields.flatMap((field, i) => {
    const value = rows.length ? rows[(i * 7) % rows.length][field.name] : null
    if (value === null || typeof field.type === 'object' || isWidened(field) || isReused(field) || hasMisreadBound(field) || /^(time|binary|fixed.*|uuid)$/.test(field.type) || /^(nan|[-]?inf)$/.test(value) || (/^(date|timestamp)/.test(field.type) && isBeforeEpoch(field, value))) return []
    return [`WHERE ${quoted(field.name)} = ${literal(value)}`]
  })
  return { filters: conditions.length, misled: conditions.filter(where => count(where, 1) !== count(where, 0)) }
}

// libchdb reads only below the current folder, by a relative path.
process.chdir(root)
for await (const folder of readline.createInterface({ input: process.stdin })) {
  if (!folder.trim()) continue
  try {
    const metadata = readMetadata(folder)
    const schema = metadata.schemas.find(s => s['schema-id'] === metadata['current-schema-id'])
    const rows = engine === 'icebird' ? await readWithIcebird(folder, metadata) : readWithClickHouse(folder, schema)
    const pruning = engine === 'clickhouse' ? filterWithClickHouse(folder, metadata, schema, rows) : {}
    console.log(JSON.stringify({ table: folder, ...pruning, rows: rows.map(r => schema.fields.map(f => cell(f.type, r[f.name]))) }))
  } catch (e) {
    settle()
    console.log(JSON.stringify({ table: folder, refused: String((e && e.message) || e).split('\n')[0].slice(0, 500) }))
  }
}
