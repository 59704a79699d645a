"""What a person reads at a field, in Chinese and English. ``{label}`` names the field; others are limits."""

from typing import Any

MESSAGES: dict[str, tuple[str, str]] = {
    "required": ("请填写“{label}”。", "“{label}” is required."),
    "required_choice": ("请选择“{label}”。", "Choose a value for “{label}”."),
    "required_check": ("请勾选“{label}”。", "“{label}” has to be ticked."),
    "required_photo": ("请为“{label}”拍摄或选择照片。", "Take or choose a photo for “{label}”."),
    "required_files": ("请为“{label}”选择文件。", "Choose a file for “{label}”."),
    "required_point": ("请为“{label}”定位或填写经纬度。", "Locate “{label}” or enter its coordinates."),
    "min": ("“{label}”不能小于 {limit}。", "“{label}” must not be less than {limit}."),
    "max": ("“{label}”不能大于 {limit}。", "“{label}” must not be more than {limit}."),
    "min_length": ("“{label}”至少填写 {limit} 个字。", "“{label}” needs at least {limit} characters."),
    "max_length": ("“{label}”最多填写 {limit} 个字。", "“{label}” takes at most {limit} characters."),
    "pattern": ("“{label}”的格式不正确。", "“{label}” does not have the right format."),
    "email": ("“{label}”不是有效的电子邮箱。", "“{label}” is not a valid e-mail address."),
    "phone": ("“{label}”不是有效的电话号码。", "“{label}” is not a valid telephone number."),
    "number": ("“{label}”应填写数字。", "“{label}” must be a number."),
    "integer": ("“{label}”应填写整数。", "“{label}” must be a whole number."),
    "digits": ("“{label}”最多保留 {limit} 位小数。", "“{label}” takes at most {limit} decimal places."),
    "increment": ("“{label}”应为 {limit} 的倍数。", "“{label}” must be a multiple of {limit}."),
    "option": (
        "“{label}”的选项无效，请重新选择。",
        "“{label}” has a value that is not offered; choose again.",
    ),
    "type": ("“{label}”的内容类型不正确。", "“{label}” holds the wrong kind of value."),
    "date": ("“{label}”不是有效的日期。", "“{label}” is not a valid date."),
    "time": ("“{label}”不是有效的时间。", "“{label}” is not a valid time."),
    "datetime": ("“{label}”不是有效的日期时间。", "“{label}” is not a valid date and time."),
    "not_after": ("“{label}”不能晚于 {limit}。", "“{label}” must not be later than {limit}."),
    "not_after_now": ("“{label}”不能晚于现在。", "“{label}” must not lie in the future."),
    "not_before": ("“{label}”不能早于 {limit}。", "“{label}” must not be earlier than {limit}."),
    "not_before_now": ("“{label}”不能早于现在。", "“{label}” must not lie in the past."),
    "file": (
        "“{label}”中有文件没有上传成功，请重新选择。",
        "A file of “{label}” was not uploaded; choose it again.",
    ),
    "photo_type": (
        "“{label}”只接受 JPEG、PNG 或 WebP 照片。",
        "“{label}” takes JPEG, PNG or WebP photos only.",
    ),
    "photo_size": (
        "“{label}”的每张照片不能超过 10 MB。",
        "Each photo of “{label}” must be 10 MB or smaller.",
    ),
    "file_type": (
        "“{label}”只接受照片、录音、视频、PDF 和 Word 文件。",
        "“{label}” takes photos, recordings, videos, PDF and Word files only.",
    ),
    "file_size": (
        "“{label}”的每个文件不能超过 10 MB。",
        "Each file of “{label}” must be 10 MB or smaller.",
    ),
    "max_files": (
        "“{label}”最多 {limit} 个文件。",
        "“{label}” takes at most {limit} files.",
    ),
    "min_photos": ("“{label}”至少需要 {limit} 张照片。", "“{label}” needs at least {limit} photos."),
    "max_photos": ("“{label}”最多 {limit} 张照片。", "“{label}” takes at most {limit} photos."),
    "photo_untimed": (
        "“{label}”的照片“{name}”没有拍摄时间，请用相机现场拍摄后直接上传。",
        "The photo {name} of “{label}” does not say when it was taken; take one on the spot and upload it as it is.",
    ),
    "photo_old": (
        "“{label}”的照片“{name}”不是刚拍的：拍摄时间应在提交前后 {limit} 分钟内。",
        "The photo {name} of “{label}” was not taken just now: within {limit} minutes of submitting.",
    ),
    "photo_not_newer": (
        "“{label}”的照片“{name}”早于之前的照片，请重新拍摄。",
        "The photo {name} of “{label}” is older than the earlier photos; take a new one.",
    ),
    "photo_used": (
        "“{label}”的照片“{name}”已经用在工单 {no} 上，请上传本件的照片。",
        "The photo {name} of “{label}” belongs to work order {no} already; upload one of this matter.",
    ),
    "photo_away": (
        "“{label}”的照片“{name}”拍摄地点距事发地点 {away} 米，超过 {limit} 米，请写明原因。",
        "The photo {name} of “{label}” was taken {away} metres from the place, more than {limit}: give the reason.",
    ),
    "photo_nowhere": (
        "“{label}”的照片“{name}”没有拍摄地点，无法确认在事发地点 {limit} 米内，请定位或写明原因。",
        "The photo {name} of “{label}” does not say it was taken within {limit} metres: locate or give the reason.",
    ),
    "point_away": (
        "“{label}”距事发地点 {away} 米，超过 {limit} 米，请写明原因。",
        "“{label}” lies {away} metres from the place, more than {limit}: give the reason.",
    ),
    "longitude": (
        "“{label}”的经度应在 -180 到 180 之间。",
        "The longitude of “{label}” must be between -180 and 180.",
    ),
    "latitude": (
        "“{label}”的纬度应在 -90 到 90 之间。",
        "The latitude of “{label}” must be between -90 and 90.",
    ),
    "accuracy": (
        "“{label}”的定位精度应为不小于 0 的米数。",
        "The accuracy of “{label}” must be metres, 0 or more.",
    ),
    "min_rows": ("“{label}”至少要有 {limit} 项。", "“{label}” needs at least {limit} entries."),
    "max_rows": ("“{label}”最多 {limit} 项。", "“{label}” takes at most {limit} entries."),
    "rows": ("“{label}”最多 {limit} 行。", "“{label}” takes at most {limit} rows."),
}


def text(code: str, locale: str, **values: Any) -> str:
    """The sentence for a code; `locale` is a language tag, anything but English reads Chinese."""
    zh, en = MESSAGES[code]
    return (en if locale.lower().startswith("en") else zh).format(**values)
