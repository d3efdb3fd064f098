"""Every command of adafruit-circuitpython-fingerprint 2.2.25 against a module at PORT.

Usage and conversation as in pyfingerprint_all.py.
"""

import sys

import adafruit_fingerprint as zfm
import serial

port, picture, _ = sys.argv[1:]


def lay(finger):
    print(finger, flush=True)
    sys.stdin.readline()


def press(sensor, finger, slot):
    lay(finger)
    assert sensor.get_image() == zfm.OK
    assert sensor.image_2_tz(slot) == zfm.OK


sensor = zfm.Adafruit_Fingerprint(serial.Serial(port, 57600, timeout=5))

# The module itself.
assert sensor.check_module()
assert sensor.verify_password() == zfm.OK
assert sensor.read_sysparam() == zfm.OK
assert (sensor.library_size, sensor.security_level) == (1000, 3)
assert (sensor.device_address, sensor.data_packet_size, sensor.baudrate) == (b"\xff" * 4, 2, 6)
for parameter, value in ((4, 12), (5, 4), (6, 3), (6, 2)):
    assert sensor.set_sysparam(parameter, value) == zfm.OK
assert sensor.read_sysparam() == zfm.OK
assert (sensor.security_level, sensor.data_packet_size, sensor.baudrate) == (4, 2, 12)
assert sensor.set_led(color=3, mode=1) == zfm.OK

# Pictures, up and down.
lay("none")
assert sensor.get_image() == zfm.NOFINGER
lay("1")
assert sensor.get_image() == zfm.OK
image = sensor.get_fpdata(sensorbuffer="image")
with open(picture, "rb") as file:
    greys = list(file.read())
assert [grey for byte in image for grey in ((byte >> 4) * 17, (byte & 15) * 17)] == greys
assert sensor.image_2_tz(1) == zfm.OK
press(sensor, "2", 2)
assert sensor.compare_templates() == zfm.NOMATCH
lay("1")
assert sensor.send_fpdata(image, sensorbuffer="image")
assert sensor.image_2_tz(2) == zfm.OK
assert sensor.compare_templates() == zfm.OK

# Templates, up and down.
press(sensor, "1", 1)
press(sensor, "1", 2)
assert sensor.create_model() == zfm.OK
template = sensor.get_fpdata(sensorbuffer="char", slot=1)
assert len(template) == 512
press(sensor, "2", 2)
assert sensor.create_model() == zfm.ENROLLMISMATCH
assert sensor.send_fpdata(template, sensorbuffer="char", slot=2)
assert sensor.get_fpdata(sensorbuffer="char", slot=2) == template
assert sensor.compare_templates() == zfm.OK
assert sensor.confidence[0] > 0

# The library.
assert sensor.empty_library() == zfm.OK
assert sensor.store_model(5, 1) == zfm.OK
assert sensor.store_model(999, 1) == zfm.OK
assert sensor.store_model(1000, 1) == zfm.BADLOCATION
assert sensor.count_templates() == zfm.OK
assert sensor.template_count == 2
assert sensor.read_templates() == zfm.OK
assert sensor.templates == [5, 999]
press(sensor, "1", 1)
for search in (sensor.finger_search, sensor.finger_fast_search):
    assert search() == zfm.OK
    assert sensor.finger_id == 5 and sensor.confidence > 0
assert sensor.delete_model(5) == zfm.OK
assert sensor.finger_search() == zfm.OK
assert sensor.finger_id == 999
press(sensor, "2", 1)
assert sensor.finger_search() == zfm.NOTFOUND
assert sensor.load_model(999, 2) == zfm.OK
assert sensor.compare_templates() == zfm.NOMATCH
assert sensor.load_model(5, 2) == zfm.DBRANGEFAIL
assert sensor.empty_library() == zfm.OK
assert sensor.count_templates() == zfm.OK
assert sensor.template_count == 0

# What is lost with the power.
sensor.soft_reset()
assert sensor.image_2_tz(1) == zfm.INVALIDIMAGE
sensor.close_uart()
