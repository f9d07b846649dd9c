/** A `.sql` file imported as its text: webpack (asset/source) and jest (tools/jest-sql.cjs) both give the string. */
declare module '*.sql' {
  const text: string;
  export default text;
}
