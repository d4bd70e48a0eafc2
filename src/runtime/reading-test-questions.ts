/**
 * The questions of the reading test: short code that says something other than one would guess, and what a reader answers.
 *
 * The code was written for this test. Each answer stands in the code alone: names mislead, defaults are unusual, comments of
 * other values stand nearby. An answer counts when it says every `expected` and nothing `forbidden` (what a guess would say).
 */

export interface ReadingQuestion {
  readonly file: string;
  readonly code: string;
  readonly question: string;
  readonly expected: readonly RegExp[];
  readonly forbidden: readonly RegExp[];
}

export const readingQuestions: readonly ReadingQuestion[] = [
  {
    file: 'client.py',
    code: `DEFAULT_RETRIES = 5

class Client:
    def __init__(self, timeout=37):
        self.timeout = timeout
        self.retries = DEFAULT_RETRIES`,
    question: 'What is the default timeout of Client?',
    expected: [/\b37\b/],
    forbidden: [/\b5\b/, /\b30\b/, /\b60\b/],
  },
  {
    file: 'math.ts',
    code: `/** Combines two readings of the sensor. */
export function add(a: number, b: number): number {
  return a * b;
}`,
    question: 'Which arithmetic operation does the function add carry out on a and b?',
    expected: [/multipl|product|\btimes\b|\*/i],
    forbidden: [/\badds\b|\baddition\b|\bsum\b/i],
  },
  {
    file: 'server.go',
    code: `func Listen(addr string) error {
	if addr == "" {
		addr = ":9417"
	}
	// Behind the proxy the public port is 443.
	return http.ListenAndServe(addr, routes())
}`,
    question: 'On which port does the server listen when addr is empty?',
    expected: [/\b9417\b/],
    forbidden: [/\b443\b/, /\b80(80)?\b/],
  },
  {
    file: 'cache.rs',
    code: `impl Cache {
    pub fn evict(&mut self) {
        // The newest entry goes; the oldest ones are the most valuable here.
        self.entries.pop();
    }
}`,
    question: 'Which entry does evict remove, the oldest or the newest?',
    expected: [/\bnewest\b/i],
    forbidden: [
      /\b(removes|evicts|drops|is) the oldest\b/i,
      /(?<!not the |than the |of the )\boldest (entry|one)\b/i,
      /^\W*(the )?oldest\b/i,
    ],
  },
  {
    file: 'errors.js',
    code: `export function parse(text) {
  if (text === '') return null;
  if (text[0] !== '{') throw new RangeError('no object');
  return JSON.parse(text);
}`,
    question: 'Which error class does parse throw when the text does not begin with a brace?',
    expected: [/RangeError/],
    forbidden: [/SyntaxError|TypeError/],
  },
  {
    file: 'queue.py',
    code: `class Queue:
    def __init__(self):
        self._items = []

    def put(self, item):
        self._items.append(item)

    def get(self):
        return self._items.pop()`,
    question: 'Is the item that get returns the one put first or the one put last?',
    expected: [/\blast\b|most recent/i],
    forbidden: [/^\W*(the )?(one |item )?(that was )?(put )?first\b/i, /\bput first\b/i],
  },
  {
    file: 'Session.java',
    code: `public final class Session {
    private static final int LIMIT = 12;

    public boolean isFull(int users) {
        return users > LIMIT + 3;
    }
}`,
    question: 'How many users may there be at most before isFull returns true?',
    expected: [/\b15\b/],
    forbidden: [/\b14\b/],
  },
  {
    file: 'log.ts',
    code: `const levels = ['debug', 'info', 'warn'] as const;

export function defaultLevel(isTest: boolean): string {
  return isTest ? levels[0] : levels[2];
}`,
    question: 'What does defaultLevel return when isTest is false?',
    expected: [/\bwarn\b/i],
    forbidden: [/\binfo\b/i, /\bdebug\b/i],
  },
  {
    file: 'auth.py',
    code: `def may_enter(user):
    if user.banned:
        return False
    if user.name == "guest":
        return True
    return user.age >= 21`,
    question: 'From which age on may a user who is neither banned nor a guest enter?',
    expected: [/\b21\b/],
    forbidden: [/\b18\b/],
  },
  {
    file: 'store.rb',
    code: `class Store
  def save(record)
    validate(record)
    @backend.write(record.key, encode(record))
    notify(:written)
  end
end`,
    question: 'Which method does save call first?',
    expected: [/\bvalidate\b/i],
    forbidden: [/\b(write|encode|notify)\b[^.]*\bfirst\b/i],
  },
  {
    file: 'paths.c',
    code: `/* Returns the folder for temporary files. */
const char *cache_dir(void) {
    const char *d = getenv("HOLLOW_DIR");
    return d ? d : "/var/hollow";
}`,
    question: 'Which environment variable does cache_dir read?',
    expected: [/HOLLOW_DIR/],
    forbidden: [/TMPDIR|XDG_CACHE_HOME|\bHOME\b/],
  },
  {
    file: 'sort.ts',
    code: `export function ranked(items: Item[]): Item[] {
  return [...items].sort((a, b) => a.weight - b.weight).slice(0, 4);
}`,
    question: 'How many items does ranked return at most?',
    expected: [/\b4\b|\bfour\b/i],
    forbidden: [/\b(3|5|10)\b/],
  },
  {
    file: 'config.py',
    code: `def load(path):
    # Older versions read YAML and INI here.
    with open(path, "rb") as f:
        return tomllib.load(f)`,
    question: 'Which file format does load read today?',
    expected: [/\btoml\b/i],
    forbidden: [/\b(reads?|format is|loads?) (yaml|ini|json)\b/i, /^\W*(yaml|ini|json)\b/i],
  },
  {
    file: 'worker.go',
    code: `func (p *Pool) Start() {
	for i := 0; i < p.size*2; i++ {
		go p.run()
	}
}`,
    question: 'How many goroutines does Start begin when p.size is 6?',
    expected: [/\b12\b|\btwelve\b/i],
    forbidden: [/\bbegins? 6\b/i],
  },
  {
    file: 'Mailer.cs',
    code: `public void Send(Mail mail)
{
    if (mail.To.Count == 0) return;
    if (mail.Size > MaxSize) { _archive.Add(mail); return; }
    _transport.Deliver(mail);
}`,
    question: 'What happens to a mail that is larger than MaxSize?',
    expected: [/archiv/i],
    forbidden: [/\b(deleted|rejected|discarded|thrown)\b/i],
  },
  {
    file: 'tokens.ts',
    code: `export function isExpired(token: Token, now: number): boolean {
  // Unlike access tokens, refresh tokens never run out.
  if (token.kind === 'refresh') return false;
  return now > token.issued + 540;
}`,
    question: 'Which kind of token never expires?',
    expected: [/\brefresh\b/i],
    forbidden: [/^\W*(the )?access\b/i],
  },
  {
    file: 'geometry.py',
    code: `class Square(Rhombus):
    sides = 4

class Rhombus(Kite):
    pass`,
    question: 'Which class does Square inherit from directly?',
    expected: [/\bRhombus\b/],
    forbidden: [/\bRectangle\b|\bShape\b|from (the )?Kite\b/],
  },
  {
    file: 'buffer.cpp',
    code: `std::size_t Buffer::grow(std::size_t needed) {
    std::size_t next = capacity_ * 3;
    while (next < needed) next *= 3;
    return capacity_ = next;
}`,
    question: 'By which factor does grow enlarge the capacity at each step?',
    expected: [/\b3\b|\bthree\b|\btripl/i],
    forbidden: [/\b2\b|\btwo\b|\bdoubl/i],
  },
  {
    file: 'routes.php',
    code: `$app->get('/orders', 'OrderList');
$app->post('/orders', 'OrderIntake');
$app->delete('/orders/{id}', 'OrderRemoval');`,
    question: 'Which handler takes POST requests to /orders?',
    expected: [/OrderIntake/],
    forbidden: [/OrderList|OrderRemoval/],
  },
  {
    file: 'retry.js',
    code: `export async function retry(job, log) {
  for (let n = 1; n <= 7; n++) {
    try { return await job(); } catch (e) { log(e); }
  }
  return undefined;
}`,
    question: 'What does retry return when every attempt fails?',
    expected: [/\bundefined\b/i],
    forbidden: [/\bnull\b|\bthrows an?\b|\bfalse\b/i],
  },
];
