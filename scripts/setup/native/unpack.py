"""unpack.py WHEEL FOLDER: takes the libraries and C headers out of a wheel, and nothing else."""
import re
import sys
import zipfile

WANTED = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$"
    r"|tensorflow/include/tensorflow/(c|tsl)/.*\.h$"
    r"|tensorflow/include/tensorflow/core/platform/ctstring.*\.h$"
    r"|tensorflow/include/(xla/)?tsl/(c|platform)/.*\.h$"
    r"|nvidia/\w+/lib/.*\.so[.\d]*$"
    r"|nvidia/cuda_nvcc/(bin/ptxas|nvvm/libdevice/.*)$"
)

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [name for name in archive.namelist() if WANTED.match(name)]
    if not names:
        sys.exit(f"{wheel} holds no libraries")
    for name in names:
        archive.extract(name, folder)
