# The learner's commands. Each runs a plain go command and prints it.
#
# Only features of GNU make 3.81 are used, because that is what macOS has.

# This file's folder. Make splits words at spaces, so a space in the name is
# replaced by <//> until the folder is cut off: no path contains that.
empty :=
space := $(empty) $(empty)
hidden := $(subst $(space),<//>,$(MAKEFILE_LIST))
export KATA_ROOT := $(subst <//>,$(space),$(dir $(patsubst <//>%,%,$(hidden))))

# EX, R, KEPT, ALL, FORCE, PORT, OPEN, PEERS, IN and OUT reach kata through the environment, so that
# neither make nor the shell expands what they contain.
override EX := $(value EX)
override R := $(value R)
override KEPT := $(value KEPT)
override ALL := $(value ALL)
override FORCE := $(value FORCE)
override PORT := $(value PORT)
override OPEN := $(value OPEN)
override PEERS := $(value PEERS)
override IN := $(value IN)
override OUT := $(value OUT)
export EX R KEPT ALL FORCE PORT OPEN PEERS IN OUT

# kata takes the words that are no verb, or refuses them: make test 05. It finds
# the variables that it does not know in MAKEFLAGS.
verbs := help list next test watch play bench hint solution diff compare report reset catch handout grade verify e2e soak
export KATA_WORDS := $(filter-out $(verbs),$(MAKECMDGOALS))

# A go.work in a parent folder, GO111MODULE=off, or the GOOS of another machine
# would keep kata and the tests from starting.
export GOWORK := off
export GO111MODULE := on

# The program itself is started: go tool exits with 0 if a signal ends its tool.
kata = @cd "$${KATA_ROOT:-.}" && { command -v go >/dev/null 2>&1 || { \
	echo "The go command is not in PATH: install Go from https://go.dev/dl/ and open a new terminal." >&2; exit 1; }; } && \
	set -- $$(go env GOHOSTOS GOHOSTARCH) && export GOOS="$$1" GOARCH="$$2" && \
	built=$$(go tool -n kata) && exec "$$built"

.PHONY: $(verbs)

help:
	@echo 'make list              the exercises and your progress'
	@echo 'make next              which exercise is next, and why'
	@echo 'make test              test the next unfinished exercise'
	@echo 'make test EX=05        test that exercise'
	@echo 'make test EX=05 R=12   test one requirement of it'
	@echo 'make watch             test again at each save; EX=05 as above'
	@echo 'make play EX=05        start your server and see every byte on the wire'
	@echo 'make hint EX=05        a nudge; run it again for more; ALL=1 for all'
	@echo 'make diff EX=05        your answer next to the reference'
	@echo 'make bench EX=05       is your server as fast as the reference? PEERS=1: and as others?'
	@echo 'make compare EX=05     once green: what differs; ALL=1 for all mistakes'
	@echo 'make report EX=05      the last run as a web page; OPEN=1 opens it'
	@echo 'make solution EX=05    test the reference answer'
	@echo 'make reset EX=05       start again from the stub; KEPT=list shows what is kept'
	@echo 'make catch EX=05       try the tests that you write on known mistakes'
	@echo 'make handout OUT=dir   a repository for students, without solutions; EX=05,09'
	@echo 'make grade IN=dir OUT=dir   grade a folder of submissions: harness/grade'
	@echo 'make verify            the exam of this repository'
	@echo 'make e2e               the part of the exam that needs Chromium'
	@echo 'make soak              the long form of the exam, hundreds of repetitions'

list:
	$(kata) list
next:
	$(kata) next
# kata cannot explain the wait before it is built.
test:
	@[ -d "$${KATA_ROOT:-.}/.kata" ] || echo "The first run builds kata, the command behind make. This happens once and can take a minute." >&2
	$(kata) test
watch:
	$(kata) watch
play:
	$(kata) play
bench:
	$(kata) bench
hint:
	$(kata) hint
solution:
	$(kata) solution
diff:
	$(kata) diff
compare:
	$(kata) compare
report:
	$(kata) report
reset:
	$(kata) reset
catch:
	$(kata) catch
handout:
	$(kata) handout
grade:
	$(kata) grade
verify:
	$(kata) verify
e2e:
	$(kata) e2e
soak:
	$(kata) soak
# A word that is no verb belongs to the verb beside it. Without one, kata says
# what is wrong with it.
.DEFAULT:
	$(if $(filter $(verbs),$(MAKECMDGOALS)),@:,$(kata) "$$KATA_WORDS")
