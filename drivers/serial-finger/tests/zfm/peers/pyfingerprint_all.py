"""Every command of pyfingerprint 1.5 against a module at PORT.

Usage: pyfingerprint_all.py PORT PICTURE FOLDER
PICTURE holds the greys of finger 1 as the module gives them. A line on standard output asks for a
finger ("1", "2", or "none"); a line on standard input says that it is done.
"""

import os
import sys

from PIL import Image
from pyfingerprint.pyfingerprint import PyFingerprint

port, picture, folder = sys.argv[1:]


def lay(finger):
    print(finger, flush=True)
    sys.stdin.readline()


def press(sensor, finger, buffer):
    lay(finger)
    assert sensor.readImage() is True
    assert sensor.convertImage(buffer) is True


sensor = PyFingerprint(port, 57600, 0xFFFFFFFF, 0x00000000)

# The module itself.
assert sensor.verifyPassword() is True
assert sensor.getSystemParameters()[2:] == (1000, 3, 0xFFFFFFFF, 2, 6)
assert sensor.getStorageCapacity() == 1000
sensor.setSecurityLevel(5)
assert sensor.getSecurityLevel() == 5
for size in (32, 64, 256, 128):
    sensor.setMaxPacketSize(size)
    assert sensor.getMaxPacketSize() == size
sensor.setBaudRate(115200)
assert sensor.getBaudRate() == 115200
assert sensor.setPassword(0x01020304) is True
assert sensor.verifyPassword() is True
assert sensor.setPassword(0) is True
assert sensor.setAddress(0x01020304) is True
assert sensor.getSystemParameters()[4] == 0x01020304
assert sensor.setAddress(0xFFFFFFFF) is True
assert sensor.generateRandomNumber() != sensor.generateRandomNumber()

# Pictures.
lay("none")
assert sensor.readImage() is False
lay("1")
assert sensor.readImage() is True
path = os.path.join(folder, "finger.bmp")
sensor.downloadImage(path)
with open(picture, "rb") as file:
    assert Image.open(path).tobytes() == file.read()

# Templates.
press(sensor, "1", 1)
press(sensor, "1", 2)
assert sensor.compareCharacteristics() > 0
assert sensor.createTemplate() is True
template = sensor.downloadCharacteristics(1)
assert len(template) == 512
press(sensor, "2", 2)
assert sensor.compareCharacteristics() == 0
assert sensor.createTemplate() is False
assert sensor.uploadCharacteristics(2, template) is True
assert sensor.compareCharacteristics() > 0
sensor.setMaxPacketSize(32)
assert sensor.uploadCharacteristics(1, template) is True
sensor.setMaxPacketSize(128)

# The library.
assert sensor.clearDatabase() is True
assert sensor.getTemplateCount() == 0
assert sensor.searchTemplate() == (-1, -1)
assert sensor.storeTemplate() == 0
assert sensor.storeTemplate(300) == 300
assert sensor.storeTemplate() == 1
assert sensor.getTemplateCount() == 3
assert [i for i, used in enumerate(sensor.getTemplateIndex(0)) if used] == [0, 1]
assert [i for i, used in enumerate(sensor.getTemplateIndex(1)) if used] == [300 - 256]
assert sensor.deleteTemplate(0, 2) is True
press(sensor, "1", 1)
found, score = sensor.searchTemplate()
assert (found, score > 0) == (300, True)
press(sensor, "2", 1)
assert sensor.searchTemplate() == (-1, -1)
assert sensor.loadTemplate(300, 2) is True
assert sensor.compareCharacteristics() == 0
assert sensor.loadTemplate(300, 1) is True
assert sensor.compareCharacteristics() > 0
try:
    sensor.loadTemplate(0, 1)
except Exception as error:
    assert str(error) == "The template could not be read"
else:
    raise AssertionError("loaded from an empty page")
assert sensor.clearDatabase() is True
assert sensor.getTemplateCount() == 0
