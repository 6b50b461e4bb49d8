#!/usr/bin/env bash
# Grades one submission for PrairieLearn: the entrypoint of the question's image,
# which has a checkout of this repository in $KATA_ROOT and kata in PATH. The
# question sets EXERCISE, as in 05-echo.
set -uo pipefail
grade=${GRADE:-/grade}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# PrairieLearn makes no folder for the results.
mkdir -p "$grade/results" "$work/in/submission"
put() { cat >"$grade/results/results.json.new" && mv -f "$grade/results/results.json.new" "$grade/results/results.json"; }
echo '{"gradable": false, "message": "The grader did not finish, so this is no verdict. Tell your instructor."}' | put

cp -RP "$grade/student" "$work/in/submission/$EXERCISE"
cd "$KATA_ROOT" || exit 1
kata grade -format prairielearn -sandbox "${SANDBOX:-auto}" "$work/in" "$work/out" "$EXERCISE"
status=$?
graded=("$work"/out/prairielearn/*.json)
[ -f "${graded[0]}" ] && put <"${graded[0]}"
exit "$status"
