# The learner's commands. Each stands for a plain go command and prints it.
#
# Kept to what GNU make 3.81 knows, which is what macOS has.

# This file's folder. Its name may hold spaces, which make takes for the end of
# a word; so they stand as <//> meanwhile, which no path holds.
empty :=
space := $(empty) $(empty)
hidden := $(subst $(space),<//>,$(MAKEFILE_LIST))
export KATA_ROOT := $(subst <//>,$(space),$(dir $(patsubst <//>%,%,$(hidden))))

# Whatever EX, ALL, FORCE, PORT and OPEN hold reaches kata through the environment,
# and neither make nor the shell looks into it.
override EX := $(value EX)
override ALL := $(value ALL)
override FORCE := $(value FORCE)
override PORT := $(value PORT)
override OPEN := $(value OPEN)
export EX ALL FORCE PORT OPEN

kata = @cd "$${KATA_ROOT:-.}" && { command -v go >/dev/null 2>&1 || { \
	echo "The go command is not in PATH: install Go from https://go.dev/dl/ and open a new terminal." >&2; exit 1; }; } && \
	exec go tool kata

.PHONY: help list next test watch play hint solution diff compare report reset verify e2e soak

help:
	@echo 'make list              the exercises and how far you are'
	@echo 'make next              which exercise is next, and why'
	@echo 'make test              test the next unfinished exercise'
	@echo 'make test EX=05        test that exercise'
	@echo 'make watch             the same again at each save; EX=05 as above'
	@echo 'make play EX=05        start your server and see every byte that crosses'
	@echo 'make hint EX=05        a nudge; again, and there is more; with ALL=1 all'
	@echo 'make diff EX=05        your answer beside the reference'
	@echo 'make compare EX=05     after green: all that differs, and what you avoided'
	@echo 'make report EX=05      the last run as a web page; with OPEN=1 in your browser'
	@echo 'make solution EX=05    test the reference answer'
	@echo 'make reset EX=05       begin again from the stub; your file is kept'
	@echo 'make verify            the exam of this repository itself'
	@echo 'make e2e               the part of it that needs Chromium'
	@echo 'make soak              the long form of it'

list:
	$(kata) list
next:
	$(kata) next
# Until kata is built it cannot say what takes so long.
test:
	@[ -d "$${KATA_ROOT:-.}/.kata" ] || echo "The first run builds kata, the command behind make: once, in silence." >&2
	$(kata) test
watch:
	$(kata) watch
play:
	$(kata) play
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
verify:
	$(kata) verify
e2e:
	$(kata) e2e
soak:
	$(kata) soak
