# Short names for everyday work; the scripts do the same without make.
.PHONY: all help check fresh asan tsan fuzz bench web format golden
all: ## build and run the unit tests (dev preset)
	scripts/build dev && ctest --test-dir build/dev -j2 --output-on-failure
help: ## this list
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' Makefile
check: ## every test, as CI runs them
	scripts/test
fresh: ## the README's first command in a bare Debian 12 root
	scripts/fresh run
asan: ## unit tests with AddressSanitizer and UBSan
	scripts/build asan && ctest --test-dir build/asan -j2 --output-on-failure
tsan: ## unit tests with ThreadSanitizer
	scripts/build tsan && ctest --test-dir build/tsan -j2 --output-on-failure
fuzz: ## build the fuzz targets and run each for a minute
	scripts/fuzz 60
bench: ## the table of speed and size
	scripts/bench
web: ## build the console
	cd web && npm ci --ignore-scripts && npm run build
format: ## rewrite the C++ sources and the console's in the project's style
	git ls-files '*.h' '*.cc' | xargs clang-format-19 -i
	bash -c '. scripts/lib.sh; use_node; web_packages; cd web && npm run --silent format'
golden: ## rewrite the golden files; read the diff
	TROUPE_GOLDEN=write scripts/build dev && TROUPE_GOLDEN=write ctest --test-dir build/dev
