// How amounts and times are written.

export const money = (amount) => `${amount.toLocaleString("vi-VN")} đ`;
export const clock = (value) => new Date(value).toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
