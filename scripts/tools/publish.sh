#!/usr/bin/env bash
# Publishes _build/release: files on the release page of $TAG, notebooks and data sets as the whole of a branch each
# (a release page has no folders, and readers' machines ask for <data set>/<file>). Needs gh and git.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${TAG:?name the tag}"
branch=$(sed -n 's/^notebooks_branch *= *//p' config.ini)
branch=${branch:-notebooks}
main=$(git ls-remote --symref origin HEAD | sed -n 's|^ref: refs/heads/\(.*\)\tHEAD$|\1|p')
for name in "$branch" data; do  # a branch that is pushed here is overwritten as a whole
  case "$name" in
    "" | main | master | "$main" | "$(git branch --show-current)" | -* | *..* | *[!A-Za-z0-9._/-]*)
      echo "publish.sh: refuses to overwrite the branch '$name'" >&2
      exit 1 ;;
  esac
done
[ "$branch" != data ] || { echo "publish.sh: notebooks and data need a branch each" >&2; exit 1; }
(cd _build/release && sha256sum --check --quiet SHA256SUMS)

push_folder() {  # folder, branch: the branch becomes what is in the folder
  local tree
  tree=$(mktemp -d)
  git worktree add --quiet --detach "$tree"
  git -C "$tree" checkout --quiet --orphan "publish-$2"
  git -C "$tree" rm -rfq --ignore-unmatch .
  cp -r "$1/." "$tree/"
  git -C "$tree" add --all --force
  git -C "$tree" -c user.name=release -c user.email=release@localhost commit --quiet --message "$2 of $TAG"
  git -C "$tree" push --quiet --force origin "HEAD:refs/heads/$2"
  git worktree remove --force "$tree"
  git branch --quiet -D "publish-$2"
}

[ -z "${GITHUB_ACTIONS:-}" ] || gh auth setup-git  # a checkout in a workflow keeps no credentials

mapfile -t files < <(find _build/release -maxdepth 1 -type f | sort)
gh release create "$TAG" --verify-tag --title "$TAG" --notes-file _build/release/manifest.json "${files[@]}"
push_folder _build/release/notebooks "$branch"
[ ! -d _build/release/data ] || push_folder _build/release/data data
