# What ./run and ./test install, and only when it is missing. Sourced, not run.

# Compiled modules are kept: without them every process, and a service starts several,
# spends seconds on compiling the same libraries again.
unset PYTHONDONTWRITEBYTECODE

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
stop_with() { printf '\n%s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
        stop_with "Cần quyền root hoặc sudo để cài: $* / Root or sudo is needed for: $*"
    fi
}

apt_install() {
    command -v apt-get >/dev/null ||
        stop_with "Hãy cài các gói sau rồi chạy lại / Please install and run again: $*"
    say "Cài đặt gói hệ thống / Installing system packages: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # The distribution's own cluster is not wanted: the service starts a private server.
    as_root mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@" >/dev/null ||
        stop_with "apt-get không cài được / apt-get could not install: $*"
}

# setup_system postgresql [chromium pdf ...]: Debian packages behind each word.
setup_system() {
    local wanted=() word
    for word in "$@"; do
        case $word in
        postgresql)
            [ -n "${CADASTRE_DATABASE_URL:-}" ] && [ "${CADASTRE_NEEDS_SERVER:-}" != 1 ] && continue
            ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 &&
                ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || wanted+=(postgresql-15-postgis-3) ;;
        chromium) command -v chromium >/dev/null || wanted+=(chromium) ;;
        headless) command -v chromium-headless-shell >/dev/null || wanted+=(chromium-headless-shell) ;;
        pdf) command -v pdfsig >/dev/null && command -v pdftoppm >/dev/null || wanted+=(poppler-utils) ;;
        barcode) command -v zbarimg >/dev/null || wanted+=(zbar-tools) ;;
        scan) command -v tesseract >/dev/null && tesseract --list-langs 2>/dev/null | grep -qx vie ||
            wanted+=(tesseract-ocr tesseract-ocr-vie) ;;
        token) command -v softhsm2-util >/dev/null || wanted+=(softhsm2) ;;
        gdal) command -v ogr2ogr >/dev/null || wanted+=(gdal-bin) ;;
        venv) python3 -c 'import venv, ensurepip' 2>/dev/null || wanted+=(python3-venv) ;;
        esac
    done
    [ ${#wanted[@]} = 0 ] || apt_install "${wanted[@]}"
}

# setup_optional word ...: packages without which the service works and says what it cannot do.
setup_optional() {
    ( setup_system "$@" ) || say "Bỏ qua gói tùy chọn / Going on without optional packages: $*"
}

setup_python() {
    command -v python3 >/dev/null || apt_install python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop_with "Cần Python 3.11 trở lên / Python 3.11 or newer is needed."
    setup_system venv
    [ -x .venv/bin/python ] || { say "Tạo môi trường Python / Creating .venv"; python3 -m venv .venv; }
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q --disable-pip-version-check uv
    if ! cmp -s uv.lock .venv/.installed-lock || ! cmp -s pyproject.toml .venv/.installed-project; then
        say "Cài thư viện Python / Installing Python packages from uv.lock"
        .venv/bin/uv sync --frozen --inexact --compile-bytecode -q ||
            stop_with "Không cài được thư viện Python / The Python packages could not be installed."
        cp uv.lock .venv/.installed-lock
        cp pyproject.toml .venv/.installed-project
    fi
}

setup_assets() {
    .venv/bin/python -m maps.assets ||
        stop_with "Không cài được tệp giao diện / The browser assets could not be installed."
}

# Loops over vertices become machine code once, for every process of the service and the tests.
setup_loops() {
    [ -e .venv/.loops ] && [ -z "$(find cadastre/reconcile -name '*.py' -newer .venv/.loops)" ] && return
    say "Biên dịch phần so sánh / Compiling the comparison"
    .venv/bin/python -m cadastre.reconcile.compiling ||
        stop_with "Không biên dịch được phần so sánh / The comparison could not be compiled."
    touch .venv/.loops
}
