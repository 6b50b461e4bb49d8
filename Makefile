# The learner's commands. Each stands for a plain go command and prints it.
#
# Kept to what GNU make 3.81 knows, which is what macOS has.

# This file's folder. Its name may hold spaces, which make takes for the end of
# a word; so they stand as <//> meanwhile, which no path holds.
empty :=
space := $(empty) $(empty)
hidden := $(subst $(space),<//>,$(MAKEFILE_LIST))
export KATA_ROOT := $(subst <//>,$(space),$(dir $(patsubst <//>%,%,$(hidden))))

# Whatever EX, ALL and OPEN hold reaches kata through the environment, and neither
# make nor the shell looks into it.
override EX := $(value EX)
override ALL := $(value ALL)
override OPEN := $(value OPEN)
export EX ALL OPEN

kata = @cd "$${KATA_ROOT:-.}" && { command -v go >/dev/null 2>&1 || { \
	echo "The go command is not in PATH: install Go from https://go.dev/dl/ and open a new terminal." >&2; exit 1; }; } && \
	exec go tool kata

.PHONY: help list test hint solution diff report reset verify e2e soak

help:
	@echo 'make list              the exercises and how far you are'
	@echo 'make test              test the next unfinished exercise'
	@echo 'make test EX=05        test that exercise'
	@echo 'make hint EX=05        a nudge; with ALL=1 all hints'
	@echo 'make diff EX=05        your answer beside the reference'
	@echo 'make report EX=05      the last run as a web page; with OPEN=1 in your browser'
	@echo 'make solution EX=05    test the reference answer'
	@echo 'make reset EX=05       begin again from the stub; your file is kept'
	@echo 'make verify            the exam of this repository itself'
	@echo 'make e2e               the part of it that needs Chromium'
	@echo 'make soak              the long form of it'

list:
	$(kata) list
test:
	$(kata) test
hint:
	$(kata) hint
solution:
	$(kata) solution
diff:
	$(kata) diff
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
