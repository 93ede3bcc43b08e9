#!/usr/bin/env bash
# Publishes _build/release: files on the release page of $TAG, notebooks as the whole of their branch. Needs gh and git.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${TAG:?name the tag}"
branch=$(sed -n 's/^notebooks_branch *= *//p' config.ini)
(cd _build/release && sha256sum --check --quiet SHA256SUMS)
mapfile -t files < <(find _build/release -type f -not -path '*/notebooks/*' | sort)
gh release create "$TAG" --verify-tag --title "$TAG" --notes-file _build/release/manifest.json "${files[@]}"
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
git worktree add --quiet --detach "$tree"
git -C "$tree" checkout --quiet --orphan "$branch-new"
git -C "$tree" rm -rfq --ignore-unmatch .
cp -r _build/release/notebooks/. "$tree/"
git -C "$tree" add --all
git -C "$tree" -c user.name=release -c user.email=release@localhost commit --quiet --message "Notebooks of $TAG"
git -C "$tree" push --force origin "HEAD:refs/heads/${branch:-notebooks}"
