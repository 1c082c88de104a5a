// What `tools/check-sdk` asks of the examples.
import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    eslint.configs.recommended,
    tseslint.configs.strictTypeChecked,
    tseslint.configs.stylisticTypeChecked,
    { languageOptions: { parserOptions: { project: `${import.meta.dirname}/tsconfig.json` } } },
);
