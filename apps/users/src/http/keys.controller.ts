/** The public keys that access tokens are checked with, over HTTP and over NATS. */
import { Controller, Get, Header } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@foldline/service-kit';
import { JWKS_SUBJECT } from '@foldline/transport';
import type { JWK } from 'jose';
import { SigningKeys } from '../credentials/signing-keys';

@ApiTags('sessions')
@Controller('.well-known')
export class KeysController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Public()
  @Header('cache-control', 'public, max-age=15')
  @ApiOperation({ summary: 'The key set of access tokens (RFC 7517)' })
  @ApiOkResponse({ description: 'JSON Web Key Set' })
  @MessagePattern(JWKS_SUBJECT)
  read(): { keys: readonly JWK[] } {
    return { keys: this.keys.published };
  }
}
