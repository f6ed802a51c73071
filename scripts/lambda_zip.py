"""lambda_zip.py FOLDER ZIP: packs a folder so that the same content gives the same bytes: sorted names, one time, two
permissions."""
import pathlib
import sys
import zipfile

folder, target = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        runs = name == "bootstrap" or name.startswith(("bin/", "lib/"))
        entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system = 3  # Unix, so that the permissions count
        entry.external_attr = (0o100755 if runs else 0o100644) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, path.read_bytes())
