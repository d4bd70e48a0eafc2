/**
 * What questions are about that code names in several ways: protocols, formats, products and features, each with the ways it is
 * asked for and the further ways code spells it. A topic that is asked for and has none of its spellings in a repository is not
 * there; one that has is, whatever word the question took.
 */

interface Topic {
  /** How it is asked for, in lower case; the first is its name. */
  readonly asked: readonly string[];
  /** Further spellings that show that it is there. */
  readonly spelled: readonly string[];
}

/** A line a topic: the ways it is asked for, then behind a bar its further spellings. */
const table = `
graphql, gql
grpc
protobuf, protocol buffer, protocol buffers | .proto, proto3
websocket, websockets, web socket, web sockets | ws
http/2, http2 | h2, h2c
http/3, http3, quic
server-sent event, server-sent events, sse | event-stream, eventsource, event source
long polling, long-polling | long poll, longpoll
webhook, webhooks, web hook | hook url
webrtc | peerconnection
mqtt
amqp, rabbitmq | pika
kafka
redis
memcached | memcache
postgres, postgresql | psycopg, libpq, pgx
mysql, mariadb
sqlite
mongodb, mongo
cassandra
elasticsearch, opensearch
dynamodb
s3, object storage | boto, s3
aws, amazon web services | amazon, boto
azure
google cloud, gcp
kubernetes, k8s | kubectl
terraform
prometheus
opentelemetry, otel | opentracing
datadog, statsd
sentry
oauth, oauth2, openid, openid connect | oidc
saml, single sign-on, sso
ldap, active directory
kerberos | gssapi, spnego, negotiate
jwt, jwts, json web token, json web tokens | jws, jose, bearer
csrf, xsrf, cross-site request forgery | samesite
cors, cross-origin | access-control-allow
captcha, recaptcha
two-factor, 2fa, mfa, multi-factor, totp, one-time password | otp
fido, passkey, passkeys, webauthn
password hash, hash passwords, password hashing, hashes passwords | bcrypt, argon2, scrypt, pbkdf2, passlib
fingerprint sensor, face recognition | biometric
encrypt, encrypted, encrypts, encryption, encrypting, decrypt, decryption, decrypted | cipher*, crypt*, encrypt*, aes
end-to-end encryption, end to end encryption
ssh | sftp
smtp, e-mail, email, emails, e-mails, mail | sendmail
imap, pop3
sms, text messages | twilio
push notification, push notifications | apns, fcm
payment, payments, invoice, invoices, billing, credit card | stripe, paypal, checkout
slack
telegram, discord
bittorrent, torrent, torrents | magnet
bluetooth | gatt
blockchain, cryptocurrency, bitcoin, ethereum | wallet
socks5, socks proxy, socks
vpn, wireguard
mdns, zeroconf, bonjour
snmp
syslog
systemd
cron, crontab
yaml | yml
toml
xml | xmlns, sax, etree
csv, comma-separated
messagepack | msgpack
avro
parquet
bson
cbor
pdf
spreadsheet, spreadsheets, excel | xlsx, openpyxl
latex
barcode, barcodes, qr code, qr codes | qrcode
ocr, optical character recognition | tesseract
speech, speech recognition, transcribe, transcription, text to speech | whisper, tts
subtitle, subtitles, captions | srt, vtt
watermark, watermarks, watermarked
thumbnail, thumbnails
screenshot, screenshots | screen capture
video transcoding, transcode, transcoding | ffmpeg
zstd, zstandard
brotli
lz4
gzip, gzipped | deflate
idempotency key, idempotency keys, idempotency | idempotent
thrift
gpu, gpus, cuda, opencl | rocm, metal, gpu
neural network, neural networks, deep learning, machine learning, machine-learned | torch, tensorflow, keras, neural
large language model, llm, llms, chatbot | openai, anthropic, gpt
webassembly, wasm
rate limit, rate limits, rate limiting, rate-limit, rate-limiting, rate limiter, rate-limited, requests per second, requests per minute, requests per hour, requests per day, calls per second, calls per minute, calls per hour | throttl*, quota, ratelimit*
quota, quotas | quota, rate limit
circuit breaker, circuit breakers, circuit-breaker
exponential backoff, backoff, back-off | backoff, jitter
retry-after
dead letter, dead-letter, dead letter queue
load balancer, load balancing, load-balancing | round robin, balancer
service discovery, service mesh | consul, etcd, zookeeper
leader election, raft, paxos, consensus
sharding, shards, sharded | shard
replication, replica, replicas
backup, backups | dump, restore
database migration, database migrations, schema migration, schema migrations | alembic
database, databases | sql, db
orm, object-relational
connection pool, connection pooling | pool
stored procedure, stored procedures
message queue, message broker, broker | queue, pubsub
feature flag, feature flags, feature toggle, feature toggles | launchdarkly
a/b test, a/b testing, split testing
audit log, audit trail | audit
health check, health checks, liveness probe, readiness probe | healthz, heartbeat
telemetry, usage statistics | analytics
metrics | metric, prometheus, statsd
crash report, crash reports, crash reporting
tenant, tenants, multi-tenant, multi-tenancy
role-based access, rbac, access control list, acl | permission, authorize
captive portal
virus, virus scan, malware
undo, redo
dark mode, dark theme | color scheme, prefers-color-scheme
drag and drop, drag-and-drop | draggable
clipboard
accessibility, screen reader | aria, a11y
internationalization, internationalisation, localization, localisation, i18n, l10n | gettext, locale, translat*
pagination, paginate, paginated, infinite scroll | page size, cursor, offset, per page
full-text search, full text search | fulltext, tsvector
autocomplete, auto-complete, autocompletion, typeahead | completion
spell check, spell checking, spellcheck, spell checker
fuzzy search, fuzzy matching | fuzzy, levenshtein
progress bar, progress bars | progress
man page, man pages, manpage | troff, groff
auto-update, self-update, updates itself, update itself | updater
offline | offline
crdt, conflict-free replicated
bloom filter, bloom filters
virtual machine, hypervisor
sandbox, sandboxed, sandboxing | seccomp, jail
json schema, json schemas | jsonschema
regular expression, regular expressions, regex, regexes, regexp | regex
localstorage, local storage | sessionstorage
session cookie, session cookies | set-cookie, cookie
content security policy, csp
geolocation, gps, latitude | longitude
3d, opengl, webgl, webgpu, vulkan
leaderboard, leaderboards, high scores
shopping cart
calendar, calendars | ical
currency, exchange rates
`;

function phrases(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '');
}

const topics: readonly Topic[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [asked, spelled] = line.split('|');
    return { asked: phrases(asked), spelled: phrases(spelled) };
  });

/** A topic in a question, with the words that ask for it. */
export interface AskedTopic {
  readonly topic: Topic;
  /** As the question writes it. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const patterns = topics.map((topic) => ({
  topic,
  pattern: new RegExp(
    String.raw`(?<![\p{L}\p{N}_-])(?:${topic.asked
      .toSorted((a, b) => b.length - a.length)
      .map((phrase) => phrase.replaceAll(/[.+*?()[\]/]/g, String.raw`\$&`).replaceAll(/[ -]/g, '[ -]'))
      .join('|')})(?![\p{L}\p{N}_-])`,
    'giu',
  ),
}));

/** The topics that a question asks for, the longest wording first where two overlap. */
export function topicsIn(question: string): AskedTopic[] {
  const found = patterns
    .flatMap(({ topic, pattern }) =>
      Array.from(question.matchAll(pattern), (match) => ({
        topic,
        text: match[0],
        start: match.index,
        end: match.index + match[0].length,
      })),
    )
    .toSorted((a, b) => b.text.length - a.text.length || a.start - b.start);
  const kept: AskedTopic[] = [];
  for (const one of found) if (!kept.some(({ start, end }) => one.start < end && start < one.end)) kept.push(one);
  return kept.toSorted((a, b) => a.start - b.start);
}
