import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cargoToml } from '../../../src/answers/code/manifests/cargo-toml.ts';
import { cmake } from '../../../src/answers/code/manifests/cmake.ts';
import { composerJson } from '../../../src/answers/code/manifests/composer-json.ts';
import { goMod } from '../../../src/answers/code/manifests/go-mod.ts';
import { gradle, pomXml } from '../../../src/answers/code/manifests/jvm.ts';
import { makefile } from '../../../src/answers/code/manifests/makefile.ts';
import type { Manifest, ManifestReader } from '../../../src/answers/code/manifests/manifest.ts';
import { packageJson } from '../../../src/answers/code/manifests/package-json.ts';
import { python } from '../../../src/answers/code/manifests/python.ts';
import { gemspec, rakefile } from '../../../src/answers/code/manifests/ruby.ts';

const read = (reader: ManifestReader, text: string): Manifest => reader.read('m', text.split('\n'));
const told = ({ name, description, commands, entryPoints }: Manifest): unknown => ({
  name: name && `${name.text}:${name.line}`,
  description: description && `${description.text}:${description.line}`,
  commands: commands.map(({ command, line }) => `${command}:${line}`),
  entryPoints: entryPoints.map(({ kind, name: entry, target, line }) => `${kind} ${entry} ${target}:${line}`),
});

describe('manifests', () => {
  it('package.json', () => {
    const text =
      '{\n "name": "x",\n "description": "Does x.",\n "bin": { "x": "dist/x.js" },\n "exports": { ".": { "import": "./i.js" } },\n "scripts": {\n  "test": "t",\n  "build": "b"\n }\n}';
    assert.deepEqual(told(read(packageJson, text)), {
      name: 'x:2',
      description: 'Does x.:3',
      commands: ['npm test:7', 'npm run build:8'],
      entryPoints: ['bin x dist/x.js:4', 'exports . ./i.js:5'],
    });
    assert.deepEqual(read(packageJson, '{ "name": ').commands, []);
  });

  it('pyproject.toml and setup.cfg', () => {
    const toml =
      '[project]\nname = "x"\ndescription = "Does x." # yes\n[project.scripts]\nx = "x.cli:main"\n[tool.pytest.ini_options]\naddopts = "-q"';
    assert.deepEqual(told(read(python, toml)), {
      name: 'x:2',
      description: 'Does x.:3',
      commands: ['python -m pytest:7'],
      entryPoints: ['script x x.cli:main:5'],
    });
    const cfg = '[metadata]\nname = x\n[options.entry_points]\nconsole_scripts =\n    x = x.cli:main';
    assert.deepEqual(told(read(python, cfg)), {
      name: 'x:2',
      description: undefined,
      commands: [],
      entryPoints: ['script x x.cli:main:5'],
    });
  });

  it('Cargo.toml and go.mod', () => {
    assert.deepEqual(
      told(read(cargoToml, '[package]\nname = "x"\ndescription = """\nDoes x.\n"""\n[[bin]]\nname = "y"')),
      {
        name: 'x:2',
        description: 'Does x.:3',
        commands: ['cargo build:2', 'cargo test:2'],
        entryPoints: ['bin y :7'],
      },
    );
    assert.deepEqual(told(read(goMod, '// c\nmodule example.org/x\n')), {
      name: 'example.org/x:2',
      description: undefined,
      commands: ['go build ./...:2', 'go test ./...:2'],
      entryPoints: [],
    });
  });

  it('pom.xml leaves the parent and dependencies out; build.gradle', () => {
    const pom =
      '<project>\n<parent>\n<artifactId>p</artifactId>\n</parent>\n<artifactId>x</artifactId>\n<description>\n Does x.\n</description>\n<dependencies><dependency><artifactId>d</artifactId></dependency></dependencies></project>';
    assert.deepEqual(told(read(pomXml, pom)), {
      name: 'x:5',
      description: 'Does x.:6',
      commands: ['mvn package:5', 'mvn test:5'],
      entryPoints: [],
    });
    assert.deepEqual(read(gradle, "description = 'Does x.'\nmainClass = 'a.B'").entryPoints, [
      { kind: 'main', name: '', target: 'a.B', line: 2 },
    ]);
  });

  it('gemspec, Rakefile, composer.json, CMakeLists.txt, Makefile', () => {
    assert.deepEqual(
      told(
        read(gemspec, 'Gem::Specification.new do |s|\n s.name = "x"\n s.summary = "Does x."\n s.executables = ["y"]'),
      ),
      {
        name: 'x:2',
        description: 'Does x.:3',
        commands: ['gem build m:2'],
        entryPoints: ['executable y :4'],
      },
    );
    assert.deepEqual(
      read(rakefile, "task :default => :test\ntask 'spec' do").commands.map(({ command }) => command),
      ['rake', 'rake spec'],
    );
    assert.deepEqual(read(composerJson, '{"name":"a/x","scripts":{"t":["b","c"]}}').commands, [
      { command: 'composer t', runs: 'b && c', line: 1 },
    ]);
    assert.deepEqual(told(read(cmake, 'project(x\n DESCRIPTION "Does x.")\nadd_executable(y m.c)\nenable_testing()')), {
      name: 'x:1',
      description: 'Does x.:1',
      commands: ['cmake -B build && cmake --build build:1', 'ctest --test-dir build:4'],
      entryPoints: ['executable y :3'],
    });
    assert.deepEqual(told(read(makefile, 'A := 1\ntest: a\n\t@go test\n%.o: x\nout/x: y\n')), {
      name: undefined,
      description: undefined,
      commands: ['make test:2'],
      entryPoints: [],
    });
  });
});
