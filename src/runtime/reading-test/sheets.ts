/**
 * The sheets of the reading test: several sources of real length, questions that one of them answers, and questions that none does.
 *
 * The code was written for this test. Defaults are unusual and other values stand nearby, so that what a guess would say is wrong. Of
 * the questions that a source answers some ask for what it says outright, and some for what only the code says: its names or comments
 * suggest something else. The questions that none answers ask for something that such code often has.
 */

interface ReadingSource {
  readonly path: string;
  readonly code: string;
}

/** A question that a source answers. */
export interface AnsweredQuestion {
  readonly question: string;
  /** The number of the source that answers it, from 1. */
  readonly source: number;
  /** A right answer matches every one of these, */
  readonly expected: readonly RegExp[];
  /** and none of these: what a guess would say. */
  readonly forbidden: readonly RegExp[];
}

export interface ReadingSheet {
  readonly sources: readonly ReadingSource[];
  /** What a source says outright. */
  readonly stated: readonly AnsweredQuestion[];
  /** What the code says, against its names or comments, or only when it is followed. */
  readonly hidden: readonly AnsweredQuestion[];
  /** What none of the sources answers. */
  readonly absent: readonly string[];
  /** Whether what is stated is asked for again, with its source. */
  readonly asksForSources: boolean;
}

const transport: ReadingSheet = {
  sources: [
    {
      path: 'transport/client.py',
      code: `DEFAULT_RETRIES = 5


class Client:
    """Talks to the gateway."""

    def __init__(self, address, timeout=37):
        self.address = address
        self.timeout = timeout
        self.retries = DEFAULT_RETRIES

    def send(self, message):
        if message.size > 4096:
            raise BufferError("message too large")
        return self._channel().deliver(message, self.timeout)`,
    },
    {
      path: 'transport/levels.ts',
      code: `const levels = ['debug', 'info', 'warn'] as const;

/** The level that a new logger starts with. */
export function defaultLevel(isTest: boolean): string {
  return isTest ? levels[0] : levels[2];
}
`,
    },
    {
      path: 'transport/listen.go',
      code: `func Listen(addr string) error {
	if addr == "" {
		addr = ":9417"
	}
	// Behind the proxy the public port is 443.
	return http.ListenAndServe(addr, routes())
}

func (p *Pool) Start() {
	for i := 0; i < p.size*2; i++ {
		go p.run()
	}
}`,
    },
  ],
  stated: [
    {
      question: 'What is the default timeout of Client?',
      source: 1,
      expected: [/\b37\b/],
      forbidden: [/\b(5|30|60)\b/],
    },
    {
      question: 'Which error does send raise when a message is larger than 4096?',
      source: 1,
      expected: [/BufferError/],
      forbidden: [/ValueError|OverflowError/],
    },
    {
      question: 'On which port does the server listen when addr is empty?',
      source: 3,
      expected: [/\b9417\b/],
      forbidden: [/\b443\b/, /\b80(80)?\b/],
    },
    {
      question: 'How many retries does a new Client have?',
      source: 1,
      expected: [/\b5\b|\bfive\b/i],
      forbidden: [/\b(3|37|10)\b|\bthree\b/i],
    },
    {
      question: 'What does defaultLevel return when isTest is true?',
      source: 2,
      expected: [/\bdebug\b/i],
      forbidden: [/\binfo\b/i, /\bwarn\b/i],
    },
    {
      question: 'From which size on does send refuse a message?',
      source: 1,
      expected: [/\b4,?096\b/],
      forbidden: [/\b(1024|2048|8192)\b/],
    },
  ],
  hidden: [],
  absent: [],
  asksForSources: true,
};

const sessions: ReadingSheet = {
  sources: [
    {
      path: 'session/cache.rs',
      code: `pub struct Cache {
    entries: VecDeque<Entry>,
    limit: usize,
}

impl Cache {
    pub fn put(&mut self, entry: Entry) {
        if self.entries.len() >= self.limit {
            self.evict();
        }
        self.entries.push_back(entry);
    }

    pub fn evict(&mut self) {
        // The newest entry goes; the oldest ones are the most valuable here.
        self.entries.pop_back();
    }
}`,
    },
    {
      path: 'session/Session.java',
      code: `public final class Session {
    private static final int LIMIT = 12;
    private final Clock clock;
    private Instant lastSeen;

    public boolean isFull(int users) {
        return users >= LIMIT + 3;
    }

    /** Sessions end after a while without a request. */
    public boolean isOver() {
        return Duration.between(lastSeen, clock.instant()).toMinutes() > 45;
    }
}`,
    },
    {
      path: 'session/admission.py',
      code: `def may_enter(user):
    """Whether a user may enter the hall."""
    if user.banned:
        return False
    if user.name == "guest":
        return True
    return user.age >= 21


def seat_for(user, hall):
    # Members once sat in row 1.
    row = 9 if user.is_member else 14
    return hall.first_free(row)`,
    },
    {
      path: 'session/retry.js',
      code: `export async function retry(job, log) {
  for (let n = 1; n <= 7; n++) {
    try {
      return await job();
    } catch (error) {
      log(error);
    }
  }
  return undefined;
}

export function parse(text) {
  if (text === '') return null;
  if (text[0] !== '{') throw new RangeError('no object');
  return JSON.parse(text);
}`,
    },
  ],
  stated: [
    {
      question: 'From which age on may a user who is neither banned nor a guest enter?',
      source: 3,
      expected: [/\b21\b/],
      forbidden: [/\b18\b/],
    },
    {
      question: 'Which error class does parse throw when the text does not begin with a brace?',
      source: 4,
      expected: [/RangeError/],
      forbidden: [/SyntaxError|TypeError/],
    },
    {
      question: 'After how many minutes without a request is a session over?',
      source: 2,
      expected: [/\b45\b/],
      forbidden: [/\b(12|15|30|60)\b/],
    },
  ],
  hidden: [
    {
      question: 'Which entry does evict remove, the oldest or the newest?',
      source: 1,
      expected: [/\bnewest\b/i],
      forbidden: [
        /\b(removes|evicts|drops|is) the oldest\b/i,
        /(?<!not the |than the |of the )\boldest (entry|one)\b/i,
        /^\W*(the )?oldest\b/i,
      ],
    },
    {
      question: 'In which row is a member given a seat today?',
      source: 3,
      expected: [/\b9\b|\bnine\b|\bninth\b/i],
      forbidden: [/\b(1|14)\b|\bfirst row\b/i],
    },
    {
      question: 'With how many users does isFull begin to return true?',
      source: 2,
      expected: [/\b15\b/],
      forbidden: [/\b(14|16)\b/],
    },
  ],
  absent: [
    'Which database table are the sessions stored in?',
    'How many seconds does retry wait between two attempts?',
  ],
  asksForSources: false,
};

const post: ReadingSheet = {
  sources: [
    {
      path: 'post/Mailer.cs',
      code: `public sealed class Mailer
{
    private readonly ITransport _transport;
    private readonly IArchive _archive;

    public int MaxSize { get; init; } = 2_000_000;

    public void Send(Mail mail)
    {
        if (mail.To.Count == 0) return;
        if (mail.Size > MaxSize) { _archive.Add(mail); return; }
        _transport.Deliver(mail);
    }

    /// <summary>How many mails may leave in one go.</summary>
    public int BatchSize(bool isNight) => isNight ? 250 : 40;
}`,
    },
    {
      path: 'post/buffer.cpp',
      code: `std::size_t Buffer::grow(std::size_t needed) {
    std::size_t next = capacity_ * 3;
    while (next < needed) next *= 3;
    if (next > kHardLimit) throw std::length_error("buffer");
    return capacity_ = next;
}

void Buffer::append(std::string_view text) {
    if (size_ + text.size() > capacity_) grow(size_ + text.size());
    std::memcpy(data_ + size_, text.data(), text.size());
    size_ += text.size();
}`,
    },
    {
      path: 'post/routes.php',
      code: `$app->get('/orders', 'OrderList');
$app->post('/orders', 'OrderIntake');
$app->put('/orders/{id}', 'OrderRevision');
$app->delete('/orders/{id}', 'OrderRemoval');

$app->group('/admin', function ($group) {
    $group->get('/health', 'PulseCheck');
    $group->get('/users', 'UserList');
})->add(new TokenGuard('X-Harbour-Key'));`,
    },
    {
      path: 'post/tokens.ts',
      code: `export interface Token {
  readonly kind: 'access' | 'refresh';
  /** Seconds since 1970. */
  readonly issued: number;
}

export function isExpired(token: Token, now: number): boolean {
  // Unlike access tokens, refresh tokens never run out.
  if (token.kind === 'refresh') return false;
  return now > token.issued + 540;
}

export function ranked(items: Item[]): Item[] {
  return [...items].sort((a, b) => a.weight - b.weight).slice(0, 4);
}`,
    },
    {
      path: 'post/store.rb',
      code: `class Store
  def save(record)
    validate(record)
    @backend.write(record.key, encode(record))
    notify(:written)
  end

  # Older versions wrote YAML here.
  def encode(record)
    MessagePack.pack(record.to_h)
  end

  def fetch(key, default = :absent)
    @backend.read(key) || default
  end
end`,
    },
  ],
  stated: [
    {
      question: 'Which handler takes POST requests to /orders?',
      source: 3,
      expected: [/OrderIntake/],
      forbidden: [/OrderList|OrderRemoval|OrderRevision/],
    },
    {
      question: 'What happens to a mail that is larger than MaxSize?',
      source: 1,
      expected: [/archiv/i],
      forbidden: [/\b(deleted|rejected|discarded|thrown)\b/i],
    },
    {
      question: 'By which factor does grow enlarge the capacity at each step?',
      source: 2,
      expected: [/\b3\b|\bthree\b|\btripl/i],
      forbidden: [/\b2\b|\btwo\b|\bdoubl/i],
    },
  ],
  hidden: [
    {
      question: 'In which format does encode write a record today?',
      source: 5,
      expected: [/message ?pack/i],
      forbidden: [/\b(writes?|format is|in|as) (yaml|json)\b/i, /^\W*(yaml|json)\b/i],
    },
    {
      question: 'How many mails may leave in one go by day?',
      source: 1,
      expected: [/\b40\b/],
      forbidden: [/\b250\b[^.]*\b(by|on|during|in the|per) da(y|ys|ytime)\b/i],
    },
    {
      question: 'Which items does ranked put first, those with the smallest or the largest weight?',
      source: 4,
      expected: [/\bsmall|\blow|\blight/i],
      forbidden: [
        /^\W*(the |those with the )*(largest|highest|heaviest)/i,
        /\b(largest|highest|heaviest) weights? (first|come)/i,
      ],
    },
  ],
  absent: ['Which SMTP host does Mailer connect to?', 'How does the store encrypt its records?'],
  asksForSources: false,
};

/** From the shortest to the longest. The first asks only for what is said outright: one who cannot read fails there. */
export const readingSheets: readonly ReadingSheet[] = [transport, sessions, post];
