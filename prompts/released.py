"""Hashes of released prompt versions. A released version never changes: write the next version instead.

A test holds the files against this table. Reports carry the hash of the prompt they were written with.
"""

from __future__ import annotations

RELEASED: dict[str, str] = {
    "answers@v1": "91008ca14f8820f734912b9033ca1c586cc33b7f09889c0f047b7bc97d2578fe",
    "box_explainer@v1": "e1c3016c4e09c16662f0cc30cd7e04a3c737f0ddd9d3ce101dba918dbd6674c8",
    "case_explainer@v1": "e738d1a8e16cdf4e50ea8f2af12f409d34d7359b180f4cea2f75172ab0bc55e7",
    "case_explainer@v2": "865028d7bf32f962ddfbdd1505eff4a249a2edf11c1103afa70dc440025d7388",
    "chat@v1": "fbba200368253b4b6a158ff671dc5b88bb1b9e0da7c82825acc34ecba92a09ee",
    "clinical_analysis@v1": "7aba94e9c1988b41c3040cb8894667c4a6a86af1f78efdb4022e3569d8239d75",
    "investigator@v1": "f687e0f24eac40397ac4ab826b4d21d4fe81f1b1c515875955fbf06144143c6c",
    "judge@v1": "b5b4f1afda811cc3af22f11e435ad97ba5cceb946bf9e2f36f9e9333347a7623",
    "narrator@v1": "d86ceb7183eda16e8c75ee59affd81105f29ef8458ca3e40cc2f473f9985f369",
    "repair@v1": "1793b00d444b4f80ba5abc74f2f037ca489e008580be0764e75421a884dca9b1",
    "verdict_report@v1": "047daa1701f2fe2e8a54bcd4130daf6b11682abd3c38d4e8d3691c9ce1c46684",
}
