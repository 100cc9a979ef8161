// Lists without page tokens.
//
//   for await (const deal of listAll(salesops.pipeline.opportunities.listOpportunities, {
//     filter: "state = STATE_OPEN",
//   })) …

import type { Message } from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";

type Page = Message & { nextPageToken: string };

/** The type of the resources that a List method returns: that of its list of messages. */
export type ItemOf<Response> = {
  [Key in keyof Response]-?: Response[Key] extends (infer Item extends Message)[] ? Item : never;
}[keyof Response];

/**
 * Everything that a List method finds, read page by page as it is wanted. Leave out pageToken; a
 * pageSize says how much is fetched at a time.
 */
export async function* listAll<Request extends { pageToken?: string }, Response extends Page>(
  list: (request: Request, options?: CallOptions) => Promise<Response>,
  request: Request,
  options?: CallOptions,
): AsyncGenerator<ItemOf<Response>, void, undefined> {
  let pageToken = "";
  do {
    const page = await list({ ...request, pageToken }, options);
    yield* itemsOf(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

function itemsOf<Response extends Page>(page: Response): ItemOf<Response>[] {
  const lists = Object.entries(page)
    .filter(([name, value]) => !name.startsWith("$") && Array.isArray(value))
    .map(([, value]) => value as unknown[]);
  return lists.flat().filter((item) => typeof item === "object") as ItemOf<Response>[];
}
