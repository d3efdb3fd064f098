//! The chip is not the one that the issuer made.

reasons! { Clone:
    CHIP_CLONE_AA_FAILED = "chip-clone-aa-failed" {
        vi: "Chip không chứng minh được mình là chip gốc (xác thực chủ động không đạt).",
        en: "The chip could not prove that it is the original (active authentication failed).",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Look at the card closely, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 6.1",
    }
    CHIP_CLONE_CA_FAILED = "chip-clone-ca-failed" {
        vi: "Chip không chứng minh được mình là chip gốc (xác thực chip không đạt).",
        en: "The chip could not prove that it is the original (chip authentication failed).",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Look at the card closely, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 6.2",
    }
    CHIP_CLONE_CAM_FAILED = "chip-clone-cam-failed" {
        vi: "Chip không chứng minh được mình là chip gốc (ánh xạ xác thực chip PACE-CAM không đạt).",
        en: "The chip could not prove that it is the original (PACE chip authentication mapping failed).",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Look at the card closely, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 4.4.3.5",
    }
    CHIP_AUTH_SUPPRESSED = "chip-auth-suppressed" {
        vi: "Chip giấu khóa xác thực mà cơ quan cấp thẻ đã ký cho nó.",
        en: "The chip hides the authentication key that the issuer signed for it.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Look at the card closely, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 6",
    }
    CHIP_KEYS_COMPROMISED = "chip-keys-compromised" {
        vi: "Cơ quan cấp thẻ đã công bố khóa chip của đợt thẻ này bị lộ.",
        en: "The issuer announced that the chip keys of this series are compromised.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Báo người phụ trách và hướng dẫn công dân đến cơ quan cấp thẻ để đổi thẻ.",
        next_en: "Do not accept the card as proof. Tell the supervisor and direct the person to the issuing office for a new card.",
        clause: "BSI TR-03135-1, 5.8.2.1",
    }
    CHIP_KEY_REUSED = "chip-key-reused" {
        vi: "Khóa của chip này đã xuất hiện với một số định danh cá nhân khác.",
        en: "This chip's key was seen before with another personal number.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Look at the card closely, keep the record and call the supervisor.",
        clause: "own",
    }
}
