//! The comparison with the person in front is open.

reasons! { Person:
    CHECK_NOT_PERFORMED = "check-not-performed" {
        vi: "Một bước kiểm tra bắt buộc chưa được thực hiện.",
        en: "A required check was not performed.",
        next_vi: "Xem tên bước còn thiếu trên màn hình và thực hiện; nếu không làm được, mời người phụ trách quyết định.",
        next_en: "See on the screen which check is missing and perform it; if that is impossible, ask the supervisor to decide.",
        clause: "BSI TR-03135-1, 3.7",
    }
    FACE_INCONCLUSIVE = "face-inconclusive" {
        vi: "Kết quả so khuôn mặt chưa đủ rõ để kết luận.",
        en: "The comparison of faces is not clear enough to decide.",
        next_vi: "Chụp lại trong điều kiện đủ sáng, hoặc đối chiếu hai ảnh bằng mắt và ghi nhận ý kiến.",
        next_en: "Take the picture again in good light, or compare both pictures by eye and record your opinion.",
        clause: "BSI TR-03135-1, 3.6",
    }
    LIVE_FACE_MISSING = "live-face-missing" {
        vi: "Camera chưa thấy khuôn mặt nào.",
        en: "The camera sees no face.",
        next_vi: "Mời công dân nhìn thẳng vào camera, đủ sáng, rồi chụp lại; hoặc đối chiếu khuôn mặt bằng mắt.",
        next_en: "Ask the person to look straight into the camera in good light and take the picture again, or compare by eye.",
        clause: "BSI TR-03135-1, 3.6",
    }
    LIVE_FACE_AMBIGUOUS = "live-face-ambiguous" {
        vi: "Camera thấy nhiều khuôn mặt cùng lúc.",
        en: "The camera sees more than one face.",
        next_vi: "Mời những người khác lùi ra khỏi khung hình rồi chụp lại.",
        next_en: "Ask the others to step out of the picture and take it again.",
        clause: "BSI TR-03135-1, 3.6",
    }
    LIVE_IMAGE_POOR = "live-image-poor" {
        vi: "Ảnh chụp bị mờ, tối hoặc lệch nên không so được.",
        en: "The picture is blurred, dark or askew and cannot be compared.",
        next_vi: "Mời công dân nhìn thẳng vào camera, đủ sáng, rồi chụp lại; hoặc đối chiếu khuôn mặt bằng mắt.",
        next_en: "Ask the person to look straight into the camera in good light and take the picture again, or compare by eye.",
        clause: "ISO/IEC 29794-5",
    }
    SENSOR_UNTRUSTED = "sensor-untrusted" {
        vi: "Không xác nhận được ảnh đến từ camera của quầy trong phiên này.",
        en: "It cannot be confirmed that the picture comes from this desk's camera in this session.",
        next_vi: "Kiểm tra đã chọn đúng camera của quầy, chụp lại; nếu vẫn vậy, đối chiếu bằng mắt và báo bộ phận kỹ thuật.",
        next_en: "Check that the desk's own camera is chosen and take the picture again; if it stays so, compare by eye and tell technical support.",
        clause: "own",
    }
    FINGER_INCONCLUSIVE = "finger-inconclusive" {
        vi: "Vân tay chưa khớp đủ rõ để kết luận.",
        en: "The finger agrees with the stored one, but not clearly enough to decide.",
        next_vi: "Lau khô ngón tay và mặt cảm biến, đặt lại cho ngay ngắn; hoặc thử ngón khác đã lưu.",
        next_en: "Dry the finger and the sensor and press again, straight and in the middle; or try another stored finger.",
        clause: "own",
    }
    FINGER_MISMATCH = "finger-mismatch" {
        vi: "Vân tay không khớp với vân tay đã lưu; tay mòn, khô hoặc ướt cũng cho kết quả này.",
        en: "The finger does not match the stored one; worn, dry and wet fingers do so too.",
        next_vi: "Hỏi lại đã đặt đúng ngón chưa, thử ngón khác đã lưu; rồi so khuôn mặt, và mời người phụ trách quyết định.",
        next_en: "Ask whether it was the right finger, try another stored one; then compare the face, and ask the supervisor.",
        clause: "own",
    }
    FINGER_IMAGE_POOR = "finger-image-poor" {
        vi: "Ảnh vân tay có quá ít chi tiết nên không so được.",
        en: "The picture of the finger shows too little to be compared.",
        next_vi: "Lau ngón tay và mặt cảm biến, ấn vừa phải rồi lấy lại; nếu vẫn vậy, so khuôn mặt hoặc mời người phụ trách.",
        next_en: "Wipe finger and sensor, press moderately, and take it again; if it stays so, compare the face or call the supervisor.",
        clause: "own",
    }
}
